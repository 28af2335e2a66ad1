import { isScalar } from "yaml";
import type { Ramp } from "../replay/traffic.ts";
import { describe } from "../spec/fields.ts";
import { report, type Place } from "../spec/place.ts";

const PER_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };
/** A million requests a second is more than anybody's test needs, and keeps sums exact. */
const HIGHEST_RATE = 1_000_000;

/** Events a second: a number, `120/s`, `30/m`, `10/h`, or a ramp `100 -> 300`. */
export function readRate(place: Place): Ramp | undefined {
  return readRamp(place, rateOf, "write events a second, e.g. 120, 30/m, or 100 -> 300 for a ramp");
}

/** A share of bad events: `1%`, `0.01`, or a ramp `1% -> 50%`. */
export function readErrors(place: Place): Ramp | undefined {
  return readRamp(place, shareOf, "write a share, e.g. 1%, 0.01, or 1% -> 50% for a ramp");
}

/** What is written there as a number or a text; undefined otherwise. */
export function scalarText(place: Place): string | undefined {
  const value = isScalar(place.node) ? place.node.value : undefined;
  return typeof value === "string" || typeof value === "number" ? String(value).trim() : undefined;
}

type Reading = { readonly value: number } | { readonly message: string; readonly hint: string };

function readRamp(place: Place, read: (text: string) => Reading | undefined, hint: string): Ramp | undefined {
  const text = scalarText(place);
  const parts = text?.split(/\s*->\s*|\s+to\s+/) ?? [];
  const readings = parts.map((part) => read(part));
  const found = text === undefined ? describe(place) : `"${text}"`;
  if (readings.length < 1 || readings.length > 2 || readings.includes(undefined)) {
    report(place, "error", `${found} is not understood`, hint);
    return undefined;
  }
  const values: number[] = [];
  for (const reading of readings) {
    if (reading === undefined) continue;
    if ("value" in reading) values.push(reading.value);
    else report(place, "error", reading.message, reading.hint);
  }
  return values.length < readings.length ? undefined : { from: values[0]!, to: values.at(-1)! };
}

function rateOf(text: string): Reading | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?|\.\d+)\s*(?:\/\s*([a-z]+))?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const seconds = Object.hasOwn(PER_SECONDS, unit ?? "s") ? PER_SECONDS[unit ?? "s"]! : undefined;
  if (seconds === undefined) {
    return {
      message: `"/${unit}" is not a unit of rates`,
      hint: "write /s, /m, /h or /d; without one it is /s",
    };
  }
  const value = Number(digits) / seconds;
  return value <= HIGHEST_RATE
    ? { value }
    : { message: `${text} is more than ${HIGHEST_RATE} events a second`, hint: "write a lower rate" };
}

function shareOf(text: string): Reading | undefined {
  const [, digits, sign] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = Number(digits) / (sign === "%" ? 100 : 1);
  if (value <= 1) return { value };
  const hint = sign === "" && value <= 100 ? `did you mean ${digits}%?` : "write a share of at most 100%";
  return { message: `a share of ${text} is more than everything`, hint };
}
