import { z } from "@hono/zod-openapi";
import { parseMatcher, type LabelMatcher } from "../alert/label-matcher.ts";
import { SILENCE_STATES } from "../alert/silence.ts";
import { storable, time } from "./route-parts.ts";

const when = z.string().openapi({ format: "date-time" });
const text = (most: number) => storable.trim().max(most);

const matcher = z
  .string()
  .max(1_000)
  .transform((words, context): LabelMatcher => {
    const read = parseMatcher(words);
    if (read.ok) return read.matcher;
    context.addIssue({ code: "custom", message: read.problem });
    return z.NEVER;
  })
  .openapi({ type: "string", example: 'service="payment"' });

const LENGTH = /^(?:\d{1,6}[smhdw])+$/;

/** What a silence is made from. */
export const newSilenceSchema = z
  .strictObject({
    matchers: z.array(matcher).max(50).openapi({
      description:
        "All have to fit: labels severity, slo, service, owner, alert, tier and those of the SLO, with =, !=, =~ or !~ (RE2)",
    }),
    startsAt: time.optional().openapi({ description: "Now where it is left out" }),
    endsAt: time.optional().openapi({ description: "Or write duration" }),
    duration: z
      .string()
      .regex(LENGTH, "write a length, as 4h or 1h30m")
      .optional()
      .openapi({ example: "4h" }),
    comment: text(1_000).openapi({ description: "Why, for everybody who waits for the alert" }),
    author: text(200)
      .optional()
      .openapi({ description: "Who answers for it; whoever asks where it is left out" }),
  })
  .openapi("NewSilence");
export type NewSilenceBody = z.output<typeof newSilenceSchema>;

export const silenceSchema = z
  .object({
    id: z.string(),
    state: z.enum(SILENCE_STATES),
    matchers: z.array(z.string()),
    startsAt: when,
    endsAt: when,
    comment: z.string(),
    author: z.string(),
    createdBy: z.string(),
    createdAt: when,
    endedBy: z.string().nullable().openapi({ description: "Who ended it before its time" }),
    remindedAt: when.nullable().openapi({ description: "When people were told that it ends soon" }),
  })
  .openapi("Silence");
export type SilenceBody = z.output<typeof silenceSchema>;

/** What it fits at the time of asking. */
export const silencePreviewSchema = z
  .object({
    episodes: z
      .array(
        z.object({
          id: z.string(),
          sloName: z.string(),
          alertKey: z.string(),
          severity: z.enum(["critical", "warning"]),
          state: z.enum(["pending", "firing", "resolved"]),
          summary: z.string(),
        }),
      )
      .openapi({ description: "Open episodes; the first 100" }),
    episodeCount: z.number().int(),
    slos: z
      .array(
        z.object({
          name: z.string(),
          alerts: z.array(z.string()),
          all: z.boolean().openapi({ description: "Every alert that the SLO can have" }),
        }),
      )
      .openapi({ description: "The first 100, by name" }),
    sloCount: z.number().int(),
    warnings: z.array(z.string()),
  })
  .openapi("SilencePreview");
export type SilencePreviewBody = z.output<typeof silencePreviewSchema>;

export const silenceDetailSchema = z
  .object({ silence: silenceSchema, preview: silencePreviewSchema })
  .openapi("SilenceDetail");
export type SilenceDetailBody = z.output<typeof silenceDetailSchema>;

export const madeSilenceSchema = z
  .object({
    silence: silenceSchema
      .extend({ id: z.string().nullable().openapi({ description: "null of a dry run" }) })
      .openapi("MadeSilenceBody"),
    dryRun: z.boolean(),
    preview: silencePreviewSchema,
  })
  .openapi("MadeSilence");
export type MadeSilenceBody = z.output<typeof madeSilenceSchema>;

export const silenceListSchema = z
  .object({
    silences: z.array(silenceSchema),
    nextCursor: z.string().nullable().openapi({ description: "Pass as `cursor` for the next page" }),
  })
  .openapi("SilenceList");
export type SilenceListBody = z.output<typeof silenceListSchema>;

export const endedSilenceSchema = z
  .object({
    silence: silenceSchema,
    wasOver: z.boolean().openapi({ description: "It had ended before" }),
  })
  .openapi("EndedSilence");
