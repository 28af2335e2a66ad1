import { z } from "zod";
import { createCountTimeline } from "../replay/count-timeline.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import type { CounterSum, Indicator, MetricsDefinition } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { HistoryError, type GetJson, type History, type HistoryRange } from "./history.ts";

/** Queries whose values at the end of each step are the counts of the step. */
export interface CountQueries {
  readonly total: string;
  readonly outcome: "good" | "bad";
  readonly query: string;
  readonly stepMs: number;
}

/** How often Noroshi evaluates a query that it cannot count. */
const EVALUATION_MS = 30_000;

const OPERATORS = { lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

/** What to ask for the counts of a definition. Increments are asked for per `stepMs`; the others have steps of their own. */
export function countQueries(definition: MetricsDefinition, stepMs: number): CountQueries {
  switch (definition.kind) {
    case "increments":
      return {
        total: increasesOf(definition.total, stepMs),
        outcome: definition.outcome,
        query: increasesOf(definition.select, stepMs),
        stepMs,
      };
    case "evaluated": {
      const { total, outcome, query } = definition;
      return { total: `sum(${total})`, outcome, query: `sum(${query})`, stepMs: EVALUATION_MS };
    }
    case "raw": {
      const outcome = definition.rawType === "success" ? "good" : "bad";
      const { query } = definition;
      return {
        total: `count(${query})`,
        outcome,
        query: `sum(clamp(${query}, 0, 1))`,
        stepMs: EVALUATION_MS,
      };
    }
    case "threshold": {
      const { query, operator, value } = definition;
      const good = `count((${query}) ${OPERATORS[operator]} ${value})`;
      return { total: `count(${query})`, outcome: "good", query: good, stepMs: EVALUATION_MS };
    }
  }
}

/** A sum of increases. A term without series adds nothing, as in counting; without any, there is no answer. */
function increasesOf({ terms }: CounterSum, stepMs: number): string {
  const parts = terms.map(({ sign, metric, matchers }) => {
    const selected = matchers.map(
      ({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`,
    );
    const increase = `sum(increase({${[`__name__=${JSON.stringify(metric)}`, ...selected].join(", ")}}[${stepMs / 1_000}s]))`;
    return { sign, text: terms.length === 1 ? increase : `(${increase} or vector(0))` };
  });
  return parts
    .map(({ sign, text }, i) => `${i === 0 && sign > 0 ? "" : sign > 0 ? " + " : " - "}${text}`)
    .join("");
}

const answerBody = z.object({
  data: z.object({
    resultType: z.string(),
    result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })),
  }),
});

/** Fewer than Prometheus gives at most. */
const STEPS_PER_REQUEST = 10_000;

/** The counts of an indicator over metrics of the SLO, asked of a Prometheus. Throws HistoryError. */
export async function readPrometheusHistory(
  slo: Slo,
  indicator: Indicator,
  range: HistoryRange,
  getJson: GetJson,
  stepMs: number,
): Promise<History> {
  if (indicator.source !== "metrics") {
    throw new HistoryError(
      `${slo.name} counts spans, and a Prometheus has none: ask a Noroshi with --server`,
    );
  }
  const queries = countQueries(indicator.definition, stepMs);
  const total = await readSteps(queries.total, queries.stepMs, range, getJson);
  const selected = await readSteps(queries.query, queries.stepMs, range, getJson);
  const first = total.findIndex((count) => count > 0);
  if (first < 0) {
    throw new HistoryError(
      `Prometheus has no events for ${queries.total}; where it scrapes less often than every ` +
        `${queries.stepMs / 2_000} s, ask with a longer --step`,
    );
  }
  const good =
    queries.outcome === "good" ? selected : total.map((count, i) => Math.max(0, count - selected[i]!));
  // Two extrapolated increases may put the good ones above all of them; nobody can have been that good.
  for (let i = 0; i < good.length; i += 1) good[i] = Math.min(good[i]!, total[i]!);
  const knownFromMs = range.startMs + first * BUCKET_MS;
  return {
    timeline: createCountTimeline(range.startMs, good, total),
    knownFromMs: first > 0 ? knownFromMs : undefined,
    source: `a Prometheus, by ${queries.stepMs / 1_000} s`,
  };
}

/** Values at the end of each step, spread evenly over the step's buckets. */
async function readSteps(
  query: string,
  stepMs: number,
  { startMs, endMs }: HistoryRange,
  getJson: GetJson,
): Promise<Float64Array> {
  const counts = new Float64Array((endMs - startMs) / BUCKET_MS);
  const perStep = stepMs / BUCKET_MS;
  for (let fromMs = startMs; fromMs < endMs; fromMs += STEPS_PER_REQUEST * stepMs) {
    const lastMs = Math.min(endMs, fromMs + STEPS_PER_REQUEST * stepMs);
    const parameters = new URLSearchParams({
      query,
      start: String((fromMs + stepMs) / 1_000),
      end: String(lastMs / 1_000),
      step: String(stepMs / 1_000),
    });
    const answer = answerBody.safeParse(await getJson(`/api/v1/query_range?${parameters.toString()}`));
    if (!answer.success || answer.data.data.resultType !== "matrix") {
      throw new HistoryError("the answer to query_range is not one of a Prometheus; is the URL right?");
    }
    for (const [seconds, text] of answer.data.data.result[0]?.values ?? []) {
      const value = Number(text);
      if (!Number.isFinite(value) || value <= 0) continue;
      const end = Math.round((seconds * 1_000 - startMs) / BUCKET_MS);
      for (let i = Math.max(0, end - perStep); i < Math.min(counts.length, end); i += 1)
        counts[i]! += value / perStep;
    }
  }
  return counts;
}
