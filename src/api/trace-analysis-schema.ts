import { z } from "@hono/zod-openapi";

const ns = z.number().openapi({ description: "Nanoseconds" });
const since = z.number().openapi({ description: "Nanoseconds since originUnixNano" });

const analysedSpan = z
  .object({
    spanId: z.string(),
    parentSpanId: z.string().nullable(),
    depth: z.number().openapi({ description: "0 for roots" }),
    service: z.string(),
    name: z.string(),
    kind: z.number().openapi({ description: "OTLP's number" }),
    startNs: since,
    durationNs: ns,
    selfNs: z.number().openapi({ description: "While none of its children ran" }),
    criticalNs: z
      .number()
      .openapi({ description: "On the critical path of its root: had it been shorter, so had the trace" }),
    skewNs: z
      .number()
      .openapi({ description: "How far it was moved, because its clock differs from its caller's" }),
    orphan: z.boolean().openapi({ description: "Its parent is not stored" }),
    failure: z.enum(["none", "error", "timeout", "cancelled", "refused", "open-breaker"]),
    peer: z.string().openapi({ description: "What a call names as its other side; may be empty" }),
  })
  .openapi("AnalysedSpan");

const blameSchema = z
  .object({
    name: z.string(),
    isService: z.boolean().openapi({ description: "False: it sends no spans; its caller calls it so" }),
    reason: z.enum(["own-error", "no-answer", "open-breaker", "slow-callee", "own-cancellation", "own-time"]),
    spanId: z.string(),
    path: z.array(z.string()).openapi({ description: "Span ids, from the failed root to that one" }),
  })
  .openapi("TraceBlame");

export const traceAnalysisSchema = z
  .object({
    traceId: z.string(),
    originUnixNano: z.string(),
    truncated: z.boolean(),
    spans: z.array(analysedSpan).openapi({ description: "As in a waterfall: parents before children" }),
    criticalPath: z
      .array(z.object({ spanId: z.string(), fromNs: since, toNs: since }))
      .openapi({ description: "Of each root, end to end" }),
    services: z
      .array(
        z.object({ service: z.string(), spans: z.number(), errors: z.number(), selfNs: ns, criticalNs: ns }),
      )
      .openapi({ description: "Where the time went: most of the critical path first" }),
    repeatedCalls: z.array(
      z.object({
        parentSpanId: z.string(),
        what: z.string(),
        peer: z.string(),
        spanIds: z.array(z.string()),
        isSequential: z.boolean(),
        totalNs: ns,
      }),
    ),
    blame: z.array(blameSchema).openapi({ description: "One for each root that failed" }),
  })
  .openapi("TraceAnalysis");

export type TraceAnalysisBody = z.infer<typeof traceAnalysisSchema>;

const times = z.object({ spans: z.number(), errors: z.number(), selfNs: ns, criticalNs: ns });

export const traceComparisonSchema = z
  .object({
    a: z.string(),
    b: z.string(),
    operations: z
      .array(z.object({ service: z.string(), name: z.string(), a: times, b: times, criticalDeltaNs: ns }))
      .openapi({ description: "What makes b longer or shorter than a most comes first" }),
  })
  .openapi("TraceComparison");
