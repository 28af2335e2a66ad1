import fc from "fast-check";
import { expect, it } from "vitest";
import { labelsKey, labelsOf } from "../../model/labels.ts";
import type { NativeHistogram } from "../../model/native-histogram.ts";
import { answerQuery } from "./answer-query.ts";
import type { QueryOutcome } from "../query-request.ts";
import { createMemoryReader, type MemoryReader } from "../script/memory-reader.ts";

const START_MS = 1_700_000_000_000;
const STEP_MS = 45_000;
const STEPS = 8;
const LIMITS = { maxSeries: 1000, maxSamples: 1e6, maxSteps: 100, maxPoints: 1e6 };

const HISTOGRAM: NativeHistogram = {
  schema: 0,
  count: 3,
  sum: 5,
  zeroThreshold: 0,
  zeroCount: 1,
  positive: { indexes: Int32Array.of(0, 1), counts: Float64Array.of(1, 1) },
  negative: { indexes: new Int32Array(0), counts: new Float64Array(0) },
  customBounds: [],
  counterReset: "unknown",
};

/** Queries over the metrics a_total, b and c, all operators and kinds of functions among them. */
const QUERIES = [
  "a_total",
  "b offset 1m",
  "-b",
  'b @ 1700000100 + ignoring(i) group_left sum by (j) (a_total{i="1"})',
  "rate(a_total[3m])",
  "sum by (j) (increase(a_total[3m]))",
  "avg(b) - min(b) * max(b) / stddev(b)",
  "topk by (j) (2, a_total)",
  "bottomk(1, b)",
  "quantile(0.3, b)",
  'count_values("v", round(b, 5))',
  "limit_ratio(0.5, a_total)",
  "b > 10",
  "b == bool 10",
  "10 < b",
  "a_total and b",
  "a_total unless b > 5",
  "b > 5 or a_total",
  "a_total * on (i, j) b",
  "b / on (j) group_left count by (j) (b)",
  "max_over_time(b[2m])",
  "sum_over_time(rate(a_total[2m])[3m:20s])",
  "absent(b > 15)",
  'absent_over_time(b{i="0", j="x"}[20s])',
  'label_replace(b, "k", "x$1", "i", "(.*)")',
  'sum by (k) (label_join(b, "k", "-", "i", "j"))',
  "timestamp(b)",
  "timestamp(b + 1)",
  "minute(b * 100)",
  "clamp(b, 3, 12)",
  "vector(scalar(b{i='1', j='x'}))",
  "time() % 7 + b",
  "histogram_quantile(0.5, c)",
  "histogram_count(c) + histogram_sum(c)",
  "sum(c)",
  "avg(c) * 2",
  "c == c",
  "rate(c[3m])",
  "count_over_time(c[3m])",
  "group without (i) ({__name__=~'a_total|b|c'})",
];

type Stored = "none" | "stale" | number;

const sample = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 20 }) },
  { weight: 2, arbitrary: fc.constant<Stored>("none") },
  { weight: 1, arbitrary: fc.constant<Stored>("stale") },
  { weight: 1, arbitrary: fc.constant(NaN) },
);
const samples = fc.array(sample, { minLength: 20, maxLength: 20 });

function fill(reader: MemoryReader, columns: readonly (readonly Stored[])[]): void {
  for (const [n, column] of columns.entries()) {
    const name = ["a_total", "b", "c"][n % 3]!;
    const labels = labelsOf([
      ["__name__", name],
      ["i", String(Math.floor(n / 3) % 2)],
      ["j", n < 6 ? "x" : "y"],
    ]);
    for (const [k, value] of column.entries()) {
      if (value === "none") continue;
      const stored = name === "c" && typeof value === "number" ? HISTOGRAM : value;
      reader.add(labels, START_MS - 120_000 + k * 25_000 + n * 1000, stored);
    }
  }
}

function ask(reader: MemoryReader, query: string, startMs: number, steps: number): Promise<QueryOutcome> {
  const request = {
    query,
    instant: steps === 1,
    startMs,
    endMs: startMs + (steps - 1) * STEP_MS,
    stepMs: STEP_MS,
    lookbackMs: 60_000,
    subqueryStepMs: 30_000,
  };
  return answerQuery(request, { reader, limits: LIMITS, signal: new AbortController().signal });
}

/** What an outcome says of one step: series in a fixed order, or why there are none. */
function at(outcome: QueryOutcome, step: number): unknown {
  if (outcome.kind !== "answered" || outcome.value.type !== "vector") return outcome.kind;
  return outcome.value.series
    .filter(({ present }) => present[step] === 1)
    .map(({ labels, values, histograms }) => ({
      key: labelsKey(labels),
      value: histograms?.[step] ?? values[step],
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

it.each(QUERIES)("%s gives at each step of a range what it gives at that time alone", async (query) => {
  await fc.assert(
    fc.asyncProperty(fc.array(samples, { minLength: 9, maxLength: 12 }), async (columns) => {
      const reader = createMemoryReader();
      fill(reader, columns);
      const ranged = await ask(reader, query, START_MS, STEPS);
      const alone: QueryOutcome[] = [];
      for (let step = 0; step < STEPS; step++) {
        alone.push(await ask(reader, query, START_MS + step * STEP_MS, 1));
      }
      if (ranged.kind === "answered") {
        for (const [step, outcome] of alone.entries()) expect(at(outcome, 0)).toEqual(at(ranged, step));
      } else expect(alone.map(({ kind }) => kind)).toContain(ranged.kind);
    }),
    { numRuns: 25 },
  );
});
