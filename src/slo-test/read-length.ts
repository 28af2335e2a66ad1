import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

const PART = /(\d+(?:\.\d+)?)([a-zA-Z]+)/g;

export type Length = { readonly ms: number } | { readonly message: string; readonly hint: string };

/** A length of time such as `90s`, `12m`, `1h30m`, `30d`; `0` is one too. A multiple of 10 s, the length of a bucket. */
export function readLength(text: string): Length {
  if (text === "0") return { ms: 0 };
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    const hint = /^\d+$/.test(text) ? `write the unit: ${text}m, ${text}h or ${text}d` : LENGTH_HINT;
    return { message: `"${text}" is not a length of time`, hint };
  }
  let ms = 0;
  for (const [, count, unit] of parts) {
    const unitMs = Object.hasOwn(UNITS_MS, unit!) ? UNITS_MS[unit!]! : undefined;
    if (unitMs === undefined) return { message: `"${unit}" is not a unit of time`, hint: LENGTH_HINT };
    ms += Number(count) * unitMs;
  }
  return Number.isInteger(ms / 10_000)
    ? { ms }
    : {
        message: `"${text}" is not a multiple of 10 s`,
        hint: "events are counted in buckets of 10 s: write 10s, 20s, …",
      };
}

const LENGTH_HINT = "write numbers with s, m, h, d or w, e.g. 90s, 12m, 1h30m, 30d";
