import type { Context } from "hono";
import { parseDurationText } from "../../promql/syntax/duration-text.ts";
import { goQuote } from "../../promql/syntax/go-quote.ts";
import { invalidParameter, PrometheusApiError } from "./api-error.ts";

/** The parameters of a request, those of a form before those of the URL. */
export interface Params {
  /** The first of that name; undefined when it is missing or empty. */
  first(name: string): string | undefined;
  all(name: string): readonly string[];
}

/** Reads a form of a POST, and the URL. */
export async function readParams(c: Context): Promise<Params> {
  const url = new URL(c.req.url).searchParams;
  const isForm =
    c.req.method === "POST" &&
    (c.req.header("content-type") ?? "").toLowerCase().startsWith("application/x-www-form-urlencoded");
  const form = new URLSearchParams(isForm ? await c.req.text() : "");
  return {
    first: (name) => (form.get(name) ?? url.get(name) ?? "") || undefined,
    all: (name) => [...form.getAll(name), ...url.getAll(name)],
  };
}

/** What a Date can hold; later and earlier times are taken for these. */
const LAST_MS = 8_640_000_000_000_000;

const SECONDS = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const RFC_3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;
/** What Prometheus's Go client sends for "ever since" and "for ever". */
const MIN_TIME = /^-\d{4,}-/;
const MAX_TIME = /^\d{5,}-/;

/** RFC 3339 or Unix seconds with a fraction, in whole milliseconds; undefined when it is neither. */
function parseTimeText(text: string): number | undefined {
  if (SECONDS.test(text)) {
    const ms = Math.round(Number(text) * 1_000);
    return Math.min(LAST_MS, Math.max(-LAST_MS, ms)) + 0;
  }
  if (MIN_TIME.test(text)) return -LAST_MS;
  if (MAX_TIME.test(text)) return LAST_MS;
  const [, whole, fraction = "", zone] = RFC_3339.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const ms = Date.parse(`${whole}.${fraction.slice(0, 3).padEnd(3, "0")}${zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A parameter that must be there and be a time, in milliseconds. */
export function requiredTime(params: Params, name: string): number {
  const text = params.first(name) ?? "";
  const ms = parseTimeText(text);
  if (ms === undefined) throw invalidParameter(name, `cannot parse ${goQuote(text)} to a valid timestamp`);
  return ms;
}

/** A parameter that may be missing and must else be a time, in milliseconds. */
export function optionalTime(params: Params, name: string, otherwiseMs: number): number {
  const text = params.first(name);
  if (text === undefined) return otherwiseMs;
  const ms = parseTimeText(text);
  if (ms !== undefined) return ms;
  throw invalidParameter(
    name,
    `Invalid time value for '${name}': cannot parse ${goQuote(text)} to a valid timestamp`,
  );
}

/** From `start` to `end`; without them, ever since and for ever. */
export function readTimeRange(params: Params): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = optionalTime(params, "start", -LAST_MS);
  const toMs = optionalTime(params, "end", LAST_MS);
  if (toMs >= fromMs) return { fromMs, toMs };
  throw invalidParameter("end", "end timestamp must not be before start timestamp");
}

/** Seconds, or a duration such as `5m`, in whole milliseconds; undefined when the parameter is missing. */
export function optionalDuration(params: Params, name: string): number | undefined {
  const text = params.first(name);
  if (text === undefined) return undefined;
  const ms = SECONDS.test(text) ? Math.trunc(Math.round(Number(text) * 1e9) / 1e6) : parseDurationText(text);
  if (ms === undefined) throw invalidParameter(name, `cannot parse ${goQuote(text)} to a valid duration`);
  if (Math.abs(ms) <= LAST_MS) return ms;
  throw invalidParameter(name, `cannot parse ${goQuote(text)} to a valid duration. It overflows int64`);
}

/** How many answers the client wants at most; undefined: all. */
export function readLimit(params: Params): number | undefined {
  const text = params.first("limit");
  if (text === undefined) return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text))
    throw invalidParameter("limit", `${goQuote(text)} is not a whole number`);
  const limit = Number(text);
  if (limit < 0) throw invalidParameter("limit", "limit must be non-negative");
  return limit === 0 ? undefined : limit;
}

/** A limit of metadata: below 0, or missing, means all, and 0 means none. */
export function readMetadataLimit(params: Params, name: string): number | undefined {
  const text = params.first(name);
  if (text === undefined) return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new PrometheusApiError("bad_data", `${name} must be a number`);
  const limit = Number(text);
  return limit < 0 ? undefined : limit;
}
