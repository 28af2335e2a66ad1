import { z } from "zod";

const patterns = (what: string) =>
  z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .describe(`${what}; * stands for any characters`)
    .optional();
const time = (what: string) =>
  z.string().describe(`${what}: 2026-01-31T22:00:00Z, or 2026-01-31 22:00 on clocks in timeZone`);

/** A Correction document, as editors are to know it. */
export function correctionDocumentOf<Metadata extends z.ZodType>(metadata: Metadata) {
  return z
    .strictObject({
      apiVersion: z.literal("noroshi.dev/v1"),
      kind: z.literal("Correction"),
      metadata,
      spec: z.strictObject({
        reason: z.string().min(1).describe("why this time does not count, shown beside the budget"),
        author: z.string().min(1).describe("who answers for it"),
        slos: patterns("names of SLOs"),
        services: patterns("names of services"),
        labels: z
          .record(z.string(), z.string())
          .describe("labels that the SLO has; each has to fit")
          .optional(),
        start: time("when it begins, the first time"),
        end: time("when it ends, the first time; or write duration").optional(),
        duration: z
          .string()
          .regex(/^(\d{1,6}[smhdw])+$/)
          .describe("how long it lasts, e.g. 1h30m; or write end")
          .optional(),
        rrule: z
          .string()
          .describe("again and again: a rule of RFC 5545, e.g. FREQ=WEEKLY;BYDAY=SU")
          .optional(),
        timeZone: z.string().describe("IANA name, e.g. Europe/Warsaw; UTC where it is left out").optional(),
        mutes: z.boolean().describe("true: meanwhile nobody is told of alerts either").optional(),
      }),
    })
    .meta({ id: "Correction" });
}
