import { z } from "@hono/zod-openapi";
import type { Context } from "hono";

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
/** The end of the year 9999, the last that RFC 3339 can write. */
const LAST_MS = 253_402_300_799_999;

/** RFC 3339 or Unix seconds, as milliseconds. */
export const time = z
  .string()
  .transform((text, context) => {
    const isUnix = /^\d{1,12}(\.\d{1,9})?$/.test(text);
    const ms = isUnix
      ? Math.round(Number(text) * 1_000)
      : RFC_3339.test(text)
        ? Date.parse(text)
        : Number.NaN;
    if (ms >= 0 && ms <= LAST_MS) return ms;
    const fault = ms < 0 ? "lies before 1970" : "is neither RFC 3339 nor Unix seconds";
    context.addIssue({ code: "custom", message: `"${text}" ${fault}` });
    return z.NEVER;
  })
  .openapi({ type: "string", example: "2026-01-31T12:00:00Z", description: "RFC 3339 or Unix seconds" });

/** NUL and halves of surrogate pairs: no text in a database can hold them. */
export const storable = z
  .string()
  .refine((text) => !/\0|\p{Surrogate}/u.test(text), "holds a NUL character or half of a character");

/** Names and ids. */
export const name = storable.max(300);
/** Items of a page. */
export const limit = z.coerce.number().int().min(1).max(500).default(50);
/** Where the page before ended. */
export const cursor = (form: RegExp) => z.string().regex(form, "is not a nextCursor of this list").optional();

/** The answer to a request that cannot be answered otherwise. */
export const problem = {
  description: "RFC 9457 problem document",
  content: {
    "application/problem+json": {
      schema: z
        .object({
          type: z.string(),
          title: z.string(),
          status: z.number(),
          detail: z.string(),
          instance: z.string(),
        })
        .openapi("Problem"),
    },
  },
};

/** An answer as JSON. */
export const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

/** Who asks: `key:<name of the API key>`, or `local` where no keys are set up. For the audit log. */
export function requestActor(c: Context): string {
  return String(c.get("actor"));
}
