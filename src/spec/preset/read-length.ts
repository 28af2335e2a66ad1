const UNITS_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const PART = /(\d+(?:\.\d+)?)([a-zµ]+)/g;

/** A length of time such as `300ms`, `1.5s`, `26h`, `1h30m` in milliseconds, above 0; else what to write. */
export function readLength(
  text: string,
  example: string,
): { readonly ms: number } | { readonly hint: string } {
  const written = text.trim();
  const parts = [...written.matchAll(PART)];
  const known = parts.every(([, , unit]) => Object.hasOwn(UNITS_MS, unit!));
  if (parts.length === 0 || !known || parts.map(([part]) => part).join("") !== written) {
    if (/^\d+(\.\d+)?$/.test(written))
      return { hint: `write the unit: ${written}ms, ${written}s, ${written}m …` };
    return { hint: `write numbers with us, ms, s, m, h, d or w and no spaces, e.g. ${example}` };
  }
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit!]!, 0);
  return ms > 0 ? { ms: Number(ms.toPrecision(12)) } : { hint: `write more than nothing, e.g. ${example}` };
}
