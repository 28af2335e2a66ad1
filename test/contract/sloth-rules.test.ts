import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { labelsOf, withLabel, type Labels } from "../../src/model/labels.ts";
import { answerQuery } from "../../src/promql/eval/answer-query.ts";
import { createMemoryReader, type MemoryReader } from "../../src/promql/script/memory-reader.ts";
import type { GridSeries } from "../../src/promql/value.ts";
import { createCountTimeline } from "../../src/replay/count-timeline.ts";
import { replaySlo, type Interval, type Replay } from "../../src/replay/replay-slo.ts";
import { trafficCounts, type TrafficStep } from "../../src/replay/traffic.ts";
import { BUCKET_MS } from "../../src/slo/bucket.ts";
import { loadSpecs } from "../../src/spec/load-specs.ts";

const EXAMPLES = "../shared/corpora/slo/sloth/examples";
const present = existsSync(EXAMPLES);
if (!present) console.log(`skipped: no corpora in ${EXAMPLES}`);

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** How often rules are evaluated, and how often the counters are sampled. */
const EVALUATION_MS = 30_000;
const START_MS = Date.UTC(2026, 0, 1);

const even = (durationMs: number, rate: number, errors: number): TrafficStep => ({
  durationMs,
  total: { from: rate, to: rate },
  errors: { from: errors, to: errors },
});

/** Four days with most of what can happen to a service that promises 99.9 %. */
const TRAFFIC: readonly TrafficStep[] = [
  even(6 * HOUR_MS, 20, 0.0002),
  even(12 * MINUTE_MS, 20, 0.5),
  even(8 * HOUR_MS, 20, 0.0002),
  // Two short ones: the second comes while the first still burns.
  even(4 * MINUTE_MS, 20, 0.3),
  even(20 * MINUTE_MS, 20, 0),
  even(4 * MINUTE_MS, 20, 0.4),
  even(10 * HOUR_MS, 20, 0.0001),
  // Nothing at all, then as before.
  even(2 * HOUR_MS, 0, 0),
  even(12 * HOUR_MS, 20, 0.0001),
  // A leak, first slow, then quicker, with less traffic at night.
  even(8 * HOUR_MS, 20, 0.004),
  even(6 * HOUR_MS, 5, 0.009),
  even(40 * HOUR_MS, 20, 0.0001),
];

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

describe.skipIf(!present)(
  "the Workbook's tiers against the rules that Sloth generates for the same spec",
  () => {
    it("fire in the same intervals, within one evaluation", { timeout: 120_000 }, async () => {
      const text = readFileSync(`${EXAMPLES}/getting-started.yml`, "utf8");
      const slo = loadSpecs([{ path: "getting-started.yml", text }]).slos[0]!;
      const { reader, counts } = sampledCounters();
      const endMs = counts.endMs;
      // Prometheus's rules know no gate for low traffic.
      const replay = replaySlo({ ...slo, lowTrafficGate: null }, counts, { startMs: START_MS, endMs });
      const rules = readRules();
      await record(rules, reader, endMs);
      for (const [severity, key] of [
        ["page", "critical"],
        ["ticket", "warning"],
      ] as const) {
        const rule = rules.find(
          ({ alert, labels }) => alert !== undefined && labels?.["sloth_severity"] === severity,
        )!;
        const theirs = intervals(await evaluate(rule.expr, reader, endMs));
        const ours = breachesOf(replay, key);
        expect(theirs.length, severity).toBeGreaterThan(1);
        expect(ours, `${severity}: ${JSON.stringify({ ours, theirs })}`).toHaveLength(theirs.length);
        for (const [i, { fromMs, toMs }] of ours.entries()) {
          expect(Math.abs(fromMs - theirs[i]!.fromMs), `${severity} ${i} begins`).toBeLessThanOrEqual(
            EVALUATION_MS,
          );
          expect(Math.abs(toMs! - theirs[i]!.toMs!), `${severity} ${i} ends`).toBeLessThanOrEqual(
            EVALUATION_MS,
          );
        }
      }
    });
  },
);

/** The same events twice: as counters that are sampled, and as Noroshi counts them, each increase in the bucket of its sample. */
function sampledCounters() {
  const events = trafficCounts(START_MS, TRAFFIC);
  const reader = createMemoryReader();
  const buckets = (events.endMs - START_MS) / BUCKET_MS;
  const good = new Float64Array(buckets);
  const total = new Float64Array(buckets);
  const seriesOf = (code: string): Labels =>
    labelsOf([
      ["__name__", "http_request_duration_seconds_count"],
      ["job", "myservice"],
      ["code", code],
    ]);
  const series = { ok: seriesOf("200"), failed: seriesOf("503") };
  reader.add(series.ok, START_MS, 1_000);
  reader.add(series.failed, START_MS, 1_000);
  let before = { good: 0, total: 0 };
  // Just before the end of each evaluation's bucket.
  for (let atMs = START_MS + EVALUATION_MS; atMs <= events.endMs; atMs += EVALUATION_MS) {
    const sum = events.sum(START_MS, atMs);
    const sampleMs = atMs - 1_000;
    reader.add(series.ok, sampleMs, 1_000 + sum.good);
    reader.add(series.failed, sampleMs, 1_000 + sum.total - sum.good);
    const i = Math.floor((sampleMs - START_MS) / BUCKET_MS);
    good[i] = sum.good - before.good;
    total[i] = sum.total - before.total;
    before = sum;
  }
  return { reader, counts: createCountTimeline(START_MS, good, total) };
}

function readRules(): readonly Rule[] {
  const text = readFileSync(`${EXAMPLES}/_gen/getting-started.yml`, "utf8");
  const { groups } = parse(text) as { groups: readonly { rules: readonly Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** Stores what the recording rules give at each evaluation; the 30 d ratio needs what others record, and no alert needs it. */
async function record(rules: readonly Rule[], reader: MemoryReader, endMs: number): Promise<void> {
  for (const { record, expr, labels } of rules) {
    if (record === undefined || !/ratio_rate\d+[mhd]$/.test(record) || record.endsWith("30d")) continue;
    for (const series of await evaluate(expr, reader, endMs)) {
      let stored = withLabel(series.labels, "__name__", record);
      for (const [name, value] of Object.entries(labels ?? {})) stored = withLabel(stored, name, value);
      for (let i = 0; i < series.values.length; i += 1) {
        if (series.present[i] === 1) reader.add(stored, START_MS + i * EVALUATION_MS, series.values[i]!);
      }
    }
  }
}

async function evaluate(query: string, reader: MemoryReader, endMs: number): Promise<readonly GridSeries[]> {
  const { signal } = new AbortController();
  const limits = { maxSeries: 1_000, maxSamples: 1e10, maxSteps: 1e6, maxPoints: 1e8 };
  const request = {
    query,
    instant: false,
    startMs: START_MS,
    endMs,
    stepMs: EVALUATION_MS,
    lookbackMs: 300_000,
    subqueryStepMs: 60_000,
  };
  const outcome = await answerQuery(request, { reader, limits, signal });
  if (outcome.kind !== "answered" || outcome.value.type !== "vector")
    throw new Error(JSON.stringify(outcome));
  return outcome.value.series;
}

/** When the expression of an alert has a value. */
function intervals(series: readonly GridSeries[]): readonly Interval[] {
  const steps = series[0]?.present.length ?? 0;
  const found: { fromMs: number; toMs: number | null }[] = [];
  for (let i = 0; i < steps; i += 1) {
    const atMs = START_MS + i * EVALUATION_MS;
    const on = series.some(({ present }) => present[i] === 1);
    const last = found.at(-1);
    if (on && (last === undefined || last.toMs !== null)) found.push({ fromMs: atMs, toMs: null });
    else if (!on && last?.toMs === null) last.toMs = atMs;
  }
  return found;
}

/** When any tier of an alert breaches. */
function breachesOf(replay: Replay, key: string): readonly Interval[] {
  const { tiers } = replay.alerts.find(({ definition }) => definition.key === key)!;
  const sorted = tiers.flatMap(({ breaches }) => breaches).toSorted((a, b) => a.fromMs - b.fromMs);
  const joined: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of sorted) {
    const last = joined.at(-1);
    const endMs = toMs ?? replay.endMs;
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, endMs);
    else joined.push({ fromMs, toMs: endMs });
  }
  return joined;
}
