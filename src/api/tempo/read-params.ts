import type { Context } from "hono";
import { HOUR_MS } from "../../model/time.ts";
import { invalidParameter } from "./tempo-error.ts";

/** Numbers of at least so many digits before the point are nanoseconds. */
const NANO_DIGITS = 15;
/** What DateTime64(9) holds. */
const LAST_MS = 9_223_372_036_000;

/** Unix seconds, Unix nanoseconds or RFC 3339 in milliseconds; undefined when it is not given. */
function readTime(c: Context, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === "" || text === "0") return undefined;
  const whole = /^(\d{1,19})(?:\.\d{1,9})?$/.exec(text)?.[1];
  const perMs = whole !== undefined && whole.length >= NANO_DIGITS ? 1e-6 : 1_000;
  const ms = whole === undefined ? Date.parse(text) : Number(text) * perMs;
  if (Number.isNaN(ms) || ms < 0 || (whole === undefined && !/^\d{4}-\d{2}-\d{2}T/.test(text))) {
    throw invalidParameter(name, `${JSON.stringify(text)} is neither Unix seconds nor RFC 3339`);
  }
  return Math.min(Math.round(ms), LAST_MS);
}

/** The hint of a look-up by id. */
export function readHint(c: Context): { readonly startMs?: number; readonly endMs?: number } {
  const startMs = readTime(c, "start");
  const endMs = readTime(c, "end");
  if (startMs !== undefined && endMs !== undefined) refuseBackwards(startMs, endMs);
  return { ...(startMs === undefined ? {} : { startMs }), ...(endMs === undefined ? {} : { endMs }) };
}

/** [startMs, endMs): `since` before the end; without any of them the last hour, or `otherwiseMs`. */
export function readRange(
  c: Context,
  nowMs: number,
  otherwiseMs: number = HOUR_MS,
): { readonly startMs: number; readonly endMs: number } {
  const endMs = readTime(c, "end") ?? nowMs;
  const startMs = readTime(c, "start") ?? endMs - (readDuration(c, "since") ?? otherwiseMs);
  refuseBackwards(startMs, endMs);
  return { startMs: Math.max(0, startMs), endMs };
}

function refuseBackwards(startMs: number, endMs: number): void {
  if (startMs < endMs) return;
  throw invalidParameter("start", "it must be before end");
}

const UNITS_MS = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
  d: 8.64e7,
  w: 6.048e8,
} as const;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g;

/** As Go reads them: `1m30s`, `1.2s`, `100us`; days and weeks as well. */
function parseDuration(text: string): number | undefined {
  if (/^\d{1,12}(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  if (text.length > 40 || text.replaceAll(PART, "") !== "") return undefined;
  return [...text.matchAll(PART)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS],
    0,
  );
}

/** A duration as `1m30s`, or seconds, in milliseconds; undefined when it is not given. */
export function readDuration(c: Context, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === "") return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || !(ms > 0)) {
    throw invalidParameter(name, `${JSON.stringify(text)} is not a duration; write for instance 30s`);
  }
  return ms;
}

/** A whole number from `least` to `most`. */
export function readCount(
  c: Context,
  name: string,
  {
    otherwise,
    least = 1,
    most,
  }: { readonly otherwise: number; readonly least?: number; readonly most: number },
): number {
  const text = c.req.query(name);
  if (text === undefined || text === "") return otherwise;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least && count <= most) return count;
  throw invalidParameter(name, `${JSON.stringify(text)} is not a whole number from ${least} to ${most}`);
}
