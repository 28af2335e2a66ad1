import { z } from "zod";
import { suggestName } from "../model/nearest-name.ts";

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const inText = (example: string) => ({
  error: (issue: { readonly input?: unknown }) =>
    `${JSON.stringify(issue.input)} needs a unit; write for instance ${example}`,
});

/** A length of time as people write it: `250ms`, `30s`, `5m`, `12h`, `7d`, `4w`; milliseconds inside. */
export const duration = z.string(inText("30s, 12h or 7d")).transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  if (match === null) {
    context.addIssue({
      code: "custom",
      message: `"${text}" is not a duration; write for instance 30s, 12h or 7d`,
    });
    return z.NEVER;
  }
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
});

/** `off`, or how long; undefined is off. */
export const durationOrOff = z
  .string("write a duration, for instance 10m, or off")
  .transform((text, context) => {
    if (text.trim() === "off") return undefined;
    const read = duration.safeParse(text);
    if (read.success) return read.data;
    context.addIssue({
      code: "custom",
      message: `"${text}" is not a duration; write for instance 10m, or off`,
    });
    return z.NEVER;
  });

const UNIT_BYTES = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** A size: `64MiB`, `2GiB`; bytes inside, above zero. */
export const size = z.string(inText("64MiB or 2GiB")).transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)\s?(B|KiB|MiB|GiB)$/.exec(text.trim());
  const bytes = Math.round(Number(match?.[1]) * UNIT_BYTES[(match?.[2] ?? "B") as keyof typeof UNIT_BYTES]);
  if (!(bytes > 0)) {
    context.addIssue({
      code: "custom",
      message: `"${text}" is not a size; write for instance 64MiB or 2GiB`,
    });
    return z.NEVER;
  }
  return bytes;
});

/** A whole number above zero. */
export const count = z
  .int({ error: (issue) => `${JSON.stringify(issue.input)} is not a whole number` })
  .positive({ error: "must be above 0" });

/**
 * A mapping with these fields alone; names what was probably meant by another. `elsewhere`: what other programs call
 * these fields, by their name for it.
 */
export function section<S extends z.core.$ZodLooseShape>(
  shape: S,
  elsewhere: Readonly<Record<string, string>> = {},
) {
  const known = Object.keys(shape);
  const suggestField = (key: string): string =>
    Object.hasOwn(elsewhere, key) ? `write "${elsewhere[key]}" here` : suggestName(key, known);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => `unknown field "${key}": ${suggestField(key)}`).join("; ")
        : `write its fields below it, indented: ${known.join(", ")}`,
  });
}

/** One of these words. */
export function oneOf<const T extends readonly string[]>(words: T) {
  return z.enum(words, {
    error: (issue) => `${JSON.stringify(issue.input)} is not one of ${words.join(", ")}`,
  });
}

/** `true` or `false`. */
export const flag = z.boolean({ error: (issue) => `${JSON.stringify(issue.input)} is not true or false` });
