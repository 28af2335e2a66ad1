import { ExpositionFault } from "./exposition-fault.ts";

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;

/** The value of a sample, as Go reads floats, without hexadecimal and underscores. */
export function readValue(token: string): number {
  if (DECIMAL.test(token)) {
    const value = Number(token);
    if (!Number.isFinite(value)) throw new ExpositionFault(`value ${shown(token)} is out of range`);
    return value;
  }
  const special = NOT_FINITE.exec(token);
  if (special === null) {
    throw new ExpositionFault(token === "" ? "a value is missing" : `${shown(token)} is not a number`);
  }
  if (special[2] === undefined) return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Whole milliseconds since the epoch, as the Prometheus text format has them. */
export function readTimestampMs(token: string): number {
  const value = /^-?\d+$/.test(token) ? Number(token) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new ExpositionFault(`timestamp ${shown(token)} is not in whole milliseconds`);
  }
  return value;
}

/** Seconds since the epoch, as OpenMetrics has them; milliseconds inside. */
export function readTimestampSeconds(token: string): number {
  const value = DECIMAL.test(token) ? Math.round(Number(token) * 1_000) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new ExpositionFault(`timestamp ${shown(token)} is not in seconds`);
  }
  return value;
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
