import { z } from "@hono/zod-openapi";
import { storable } from "./route-parts.ts";

const text = (most: number) => storable.trim().min(1).max(most);
const patterns = z.array(text(200)).max(100);
const when = z.string().openapi({ format: "date-time" });
const written = z.string().max(100);

/** What a correction is made from. Times are read as in spec files. */
export const newCorrectionSchema = z
  .strictObject({
    name: text(200).optional().openapi({ description: "For people; the reason where it is left out" }),
    reason: text(1_000),
    author: text(200)
      .optional()
      .openapi({ description: "Who answers for it; whoever asks where it is left out" }),
    slos: patterns.default([]).openapi({ description: "Names, in which * stands for any characters" }),
    services: patterns.default([]).openapi({ description: "The same of services" }),
    labels: z
      .record(text(200), text(200))
      .default({})
      .openapi({ description: "The same of labels; each has to fit" }),
    start: written.openapi({
      example: "2026-01-31T22:00:00Z",
      description: "RFC 3339, or 2026-01-31 22:00 in timeZone",
    }),
    end: written.optional().openapi({ description: "In the same forms; or write duration" }),
    duration: written.optional().openapi({ example: "1h30m" }),
    rrule: z
      .string()
      .max(500)
      .optional()
      .openapi({ example: "FREQ=WEEKLY;BYDAY=SU", description: "RFC 5545" }),
    timeZone: written
      .optional()
      .openapi({ example: "Europe/Berlin", description: "UTC where it is left out" }),
    mutes: z.boolean().default(false).openapi({
      description:
        "Meanwhile nobody is told of alerts of these SLOs, except of the end of what they were told",
    }),
  })
  .openapi("NewCorrection");

const interval = z.object({ start: when, end: when });
const counts = z.object({
  goodEvents: z.number(),
  badEvents: z.number(),
  totalEvents: z.number(),
});

const correction = z.object({
  id: z.string(),
  name: z.string(),
  reason: z.string(),
  author: z.string(),
  slos: z.array(z.string()),
  services: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  start: when,
  end: when,
  rrule: z.string().nullable(),
  timeZone: z.string(),
  ends: z.enum(["clock", "length"]).openapi({
    description: "Where it recurs: at the same time on clocks, or after the same time",
  }),
  mutes: z.boolean().openapi({ description: "Alerts of these SLOs are told to nobody meanwhile" }),
  inForce: z.boolean().openapi({ description: "False of one that was deleted" }),
  active: z.boolean().openapi({ description: "It excludes the present" }),
  next: interval.nullable().openapi({ description: "The time under way, or the next within two years" }),
  matches: z.array(z.string()).openapi({ description: "SLOs that it corrects now" }),
  source: z.union([
    z.object({ kind: z.literal("file"), file: z.string(), line: z.number().int() }),
    z.object({
      kind: z.literal("api"),
      createdBy: z.string(),
      createdAt: when,
      deletedBy: z.string().nullable(),
      deletedAt: when.nullable(),
    }),
  ]),
});

export const correctionSchema = correction.openapi("Correction");
export type CorrectionBody = z.output<typeof correctionSchema>;

const budget = z.object({
  sli: z.number().nullable(),
  remainingRatio: z.number().nullable(),
  remainingEvents: z.number().nullable(),
  state: z.string(),
});

/** What a correction changes of one SLO, over its window up to now. */
export const correctionEffectSchema = z
  .object({
    slo: z.string(),
    removed: counts.openapi({ description: "What it takes out alone: overlaps with others are in both" }),
    intervals: z.array(interval).openapi({ description: "Its times in the window; at most 100, the last" }),
    before: budget,
    after: budget,
  })
  .openapi("CorrectionEffect");
export type CorrectionEffectBody = z.output<typeof correctionEffectSchema>;

export const correctionListSchema = z
  .object({
    corrections: z.array(
      correction.extend({
        effect: correctionEffectSchema.optional().openapi({ description: "Where one SLO was asked about" }),
      }),
    ),
  })
  .openapi("CorrectionList");
export type CorrectionListBody = z.output<typeof correctionListSchema>;

export const madeCorrectionSchema = z
  .object({
    correction: correctionSchema,
    dryRun: z.boolean(),
    effects: z
      .array(correctionEffectSchema)
      .openapi({ description: "Of the first 100 SLOs that it matches, by name" }),
  })
  .openapi("MadeCorrection");
export type MadeCorrectionBody = z.output<typeof madeCorrectionSchema>;
export type NewCorrection = z.output<typeof newCorrectionSchema>;
