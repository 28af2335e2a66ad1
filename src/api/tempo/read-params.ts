import type { Context } from "hono";
import { HOUR_MS } from "../../model/time.ts";
import { parseDurationText } from "../../promql/syntax/duration-text.ts";
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

/** A duration as `1m30s`, or seconds, in milliseconds; undefined when it is not given. */
export function readDuration(c: Context, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === "") return undefined;
  const ms = /^\d{1,12}(\.\d+)?$/.test(text) ? Number(text) * 1_000 : parseDurationText(text);
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
