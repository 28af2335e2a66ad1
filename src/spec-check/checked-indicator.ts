import { z } from "zod";
import { defineMetricsIndicator, defineTracesIndicator } from "../slo/define-indicator.ts";
import type { Indicator, MetricsDefinition } from "../slo/indicator.ts";

const outcome = z.enum(["good", "bad"]);
const query = z.string().max(10_000);
const counterSum = z.object({
  query,
  terms: z
    .array(
      z.object({
        sign: z.union([z.literal(1), z.literal(-1)]),
        metric: z.string().max(1_000),
        matchers: z
          .array(
            z.object({
              label: z.string().max(1_000),
              operator: z.enum(["=", "!=", "=~", "!~"]),
              value: z.string().max(10_000),
            }),
          )
          .max(100),
      }),
    )
    .max(100),
});

const schema = z.discriminatedUnion("source", [
  z.object({ source: z.literal("traces"), total: query, outcome, query }),
  z.object({
    source: z.literal("metrics"),
    definition: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("increments"), total: counterSum, outcome, select: counterSum }),
      z.object({ kind: z.literal("evaluated"), total: query, outcome, query, reason: z.string() }),
      z.object({ kind: z.literal("raw"), rawType: z.enum(["success", "failure"]), query }),
      z.object({
        kind: z.literal("threshold"),
        query,
        operator: z.enum(["lte", "gte", "lt", "gt"]),
        value: z.number(),
      }),
    ]),
  }),
]);

/** An indicator as text for an address; its id follows from it. */
export function printCheckedIndicator(indicator: Indicator): string {
  return JSON.stringify(
    indicator.source === "traces"
      ? { source: "traces", total: indicator.total, ...indicator.select }
      : { source: "metrics", definition: indicator.definition },
  );
}

/** Undefined where the text is no indicator. */
export function readCheckedIndicator(text: string): Indicator | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const read = schema.safeParse(document);
  if (!read.success) return undefined;
  if (read.data.source === "traces") return defineTracesIndicator(read.data);
  const definition: MetricsDefinition = read.data.definition;
  return defineMetricsIndicator(definition);
}
