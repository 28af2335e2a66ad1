import { z } from "@hono/zod-openapi";

export const blameSchema = z
  .object({
    slo: z.string(),
    part: z.string().nullable().openapi({ description: "Of a composite: which part" }),
    start: z.string(),
    end: z.string(),
    summary: z.string(),
    bad: z.number().openapi({ description: "Bad events of the interval" }),
    judged: z.number().openapi({
      description: "Of them those whose traces were read, chosen by trace id. What the blame adds up to",
    }),
    unread: z.number().openapi({ description: "Chosen, but their traces are gone or too large to read" }),
    usualFrom: z.number().openapi({ description: "Good events that say how long things usually take" }),
    blame: z
      .array(
        z.object({
          name: z.string().openapi({ description: "A service, or what its callers call a peer" }),
          service: z.boolean().openapi({ description: "False: it sends no spans of its own" }),
          self: z.boolean().openapi({ description: "True: the bad events are its own" }),
          events: z.number(),
          share: z.number().openapi({ description: "Of the events that were judged, 0..1" }),
          reasons: z.array(
            z.object({
              reason: z.enum([
                "own-error",
                "no-answer",
                "open-breaker",
                "slow-callee",
                "own-cancellation",
                "own-time",
              ]),
              events: z.number(),
            }),
          ),
          traceIds: z.array(z.string()).openapi({ description: "The latest first; three at most" }),
          words: z.string(),
        }),
      )
      .openapi({ description: "Most events first" }),
  })
  .openapi("SloBlame");

export type BlameBody = z.infer<typeof blameSchema>;
