import { afterEach, describe, expect, it, vi } from "vitest";
import { labelValue, labelsText } from "../model/labels.ts";
import type { SampleBatch } from "../model/sample-batch.ts";
import { bitsOf, isStaleAt } from "../model/stale.ts";
import { timestampMs } from "../model/time.ts";
import { DEFAULT_SERIES_LIMITS } from "../ingest/series-limits.ts";
import type { SeriesLimits } from "../ingest/series-limits.ts";
import { createSeriesTable } from "../ingest/series-table.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import { fakeSlo, fakeVerdict } from "./fake-slos.ts";
import { fakeSpans } from "./fake-spans.ts";
import type { RecordResult } from "./record-ports.ts";
import { createRecorder } from "./recorder.ts";
import type { Recorder } from "./recorder.ts";

const INTERVAL = 100;
const recorders: Recorder[] = [];
afterEach(() => Promise.all(recorders.splice(0).map((recorder) => recorder.stop())));

const until = (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5_000, interval: 10 });

interface Row {
  readonly series: string;
  readonly name: string;
  readonly timeMs: number;
  readonly value: number | undefined;
  readonly startMs: number;
}

function startRecorder(
  submit: (batch: SampleBatch) => RecordResult = () => ({ kind: "committed" }),
  limits: Partial<SeriesLimits> = {},
) {
  const table = createSeriesTable({ ...DEFAULT_SERIES_LIMITS, ...limits }, SILENT_LOG);
  const rows: Row[] = [];
  let verdicts: readonly SloVerdict[] = [];
  const warned: string[] = [];
  let countsAreAway = false;
  const recorder = createRecorder({
    table,
    submit: (batch) => {
      const result = submit(batch);
      if (result.kind === "committed") rows.push(...rowsOf(batch));
      return Promise.resolve(result);
    },
    now: () => timestampMs(Date.now()),
    log: {
      ...SILENT_LOG,
      warn: (message, fields) => void warned.push(`${message} ${JSON.stringify(fields)}`),
    },
    intervalMs: INTERVAL,
    slos: {
      latest: () => ({ at: Date.now(), verdicts: new Map(verdicts.map((one) => [one.slo.name, one])) }),
      events: {
        readCounts: (ids) =>
          countsAreAway
            ? Promise.reject(new Error("away"))
            : Promise.resolve(new Map(ids.map((id) => [id, { good: 8, total: 10 }]))),
        readNewest: () => Promise.resolve([]),
      },
    },
  });
  recorders.push(recorder);
  recorder.start();
  return {
    recorder,
    rows,
    warned,
    of: (name: string) => rows.filter((row) => row.name === name),
    setVerdicts: (now: readonly SloVerdict[]) => (verdicts = now),
    setCountsAway: (away: boolean) => (countsAreAway = away),
  };
}

function rowsOf({ table, floats }: SampleBatch): Row[] {
  const exact = bitsOf(floats.values);
  return Array.from({ length: floats.count }, (_, i) => ({
    series: labelsText(table.labels(floats.series[i]!)),
    name: labelValue(table.labels(floats.series[i]!), "__name__"),
    timeMs: floats.timesMs[i]!,
    value: isStaleAt(exact, i) ? undefined : floats.values[i]!,
    startMs: floats.startsMs?.[i] ?? 0,
  }));
}

describe("the recorder", () => {
  it("records each interval at even times, and what came last when it stops", async () => {
    const { recorder, of } = startRecorder();
    recorder.observeSpans([fakeSpans([{ service: "shop" }])]);
    await until(() => of("traces_spanmetrics_calls_total").length >= 3);
    const [first, second] = of("traces_spanmetrics_calls_total");
    expect(first!.timeMs % INTERVAL).toBe(0);
    expect(second!.timeMs).toBeGreaterThan(first!.timeMs);
    expect(first!.startMs).toBeGreaterThan(0);
    expect(first!.startMs).toBeLessThan(first!.timeMs);
    expect(second!.startMs).toBe(first!.startMs);
    recorder.observeSpans([fakeSpans([{ service: "shop" }, { service: "shop" }])]);
    await recorder.stop();
    expect(of("traces_spanmetrics_calls_total").at(-1)!.value).toBe(3);
    expect(of("traces_service_graph_request_total").at(-1)!.value).toBe(3);
  });

  it("ends the series of an SLO that vanishes, and those that have no data any more", async () => {
    const { of, rows, setVerdicts } = startRecorder();
    const [one, two] = [fakeSlo(), fakeSlo({ name: "other" })];
    const verdict = (slo = one, total = 10) => fakeVerdict(slo, { good: total && 8, total }, Date.now());
    setVerdicts([verdict(one), verdict(two)]);
    await until(() => of("slo:objective:ratio").length >= 4);
    expect(
      of("noroshi_slo_events_total")
        .map(({ value }) => value)
        .slice(0, 4),
    ).toEqual([8, 2, 8, 2]);
    setVerdicts([verdict(one, 0)]);
    await until(() => of("slo:objective:ratio").some(({ value }) => value === undefined));
    const ended = rows.filter(({ value }) => value === undefined).map(({ series }) => series);
    expect(ended.filter((series) => series.includes('"other"'))).toHaveLength(27);
    expect(ended.filter((series) => series.includes('sloth_slo="payment-availability"')).length).toBe(11);
    expect(new Set(ended).size).toBe(ended.length);
    await until(() => of("slo:objective:ratio").at(-1)?.value !== undefined);
    expect(of("slo:objective:ratio").at(-1)?.series).toContain("payment-availability");
  });

  it("records Sloth's windows of an SLO whose alerts look at others too", async () => {
    const { of, setVerdicts } = startRecorder();
    const slo = fakeSlo({ alerts: [] });
    setVerdicts([fakeVerdict(slo, { good: 9, total: 10 }, Date.now())]);
    await until(() => of("slo:sli_error:ratio_rate3d").length > 0);
    expect(of("slo:sli_error:ratio_rate5m")[0]?.value).toBeCloseTo(0.2);
    expect(of("slo:sli_error:ratio_rate30d")[0]?.value).toBeCloseTo(0.1);
    expect(of("slo:current_burn_rate:ratio")[0]?.value).toBeCloseTo(200);
  });

  it("keeps the count of events where it was while counts cannot be read", async () => {
    const { of, setVerdicts, setCountsAway, warned } = startRecorder();
    setVerdicts([fakeVerdict(fakeSlo(), { good: 8, total: 10 }, Date.now())]);
    await until(() => of("noroshi_slo_events_total").length >= 2);
    setCountsAway(true);
    const before = of("noroshi_slo_events_total").length;
    await until(() => of("noroshi_slo_events_total").length >= before + 4);
    expect(
      of("noroshi_slo_events_total")
        .slice(-2)
        .map(({ value }) => value),
    ).toEqual([8, 2]);
    expect(warned.join()).toContain("events of SLOs could not be read");
  });

  it("stores in pieces, tries again, and goes on after what could not be stored", async () => {
    let failures = 0;
    const sizes: number[] = [];
    const { recorder, of, warned } = startRecorder((batch) => {
      sizes.push(batch.floats.count);
      failures += 1;
      return failures <= 4
        ? { kind: "failed", reason: "the store is away", retryAfterMs: 1 }
        : { kind: "committed" };
    });
    const spans = Array.from({ length: 400 }, (_, i) => ({
      service: "shop",
      kind: "internal" as const,
      name: `n${i}`,
    }));
    recorder.observeSpans([fakeSpans(spans)]);
    await until(() => of("traces_spanmetrics_calls_total").length >= 400);
    expect(Math.max(...sizes)).toBe(2_000);
    expect(warned.join()).toContain("the store is away");
  });

  it("counts from zero again after a restart, which the start time tells", async () => {
    const first = startRecorder();
    first.recorder.observeSpans([fakeSpans([{ service: "shop" }, { service: "shop" }])]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await first.recorder.stop();
    // A timer may end a millisecond early.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = startRecorder();
    second.recorder.observeSpans([fakeSpans([{ service: "shop" }])]);
    await until(() => second.of("traces_spanmetrics_calls_total").length > 0);
    const [before, after] = [
      first.of("traces_spanmetrics_calls_total").at(-1)!,
      second.of("traces_spanmetrics_calls_total")[0]!,
    ];
    expect(before.value).toBe(2);
    expect(after.value).toBe(1);
    expect(after.startMs).toBeGreaterThanOrEqual(before.timeMs);
  });

  it("says once, not each minute, that there is no room for its series", async () => {
    const { recorder, of, warned } = startRecorder(() => ({ kind: "committed" }), { maxSeries: 2 });
    for (let round = 1; round <= 3; round += 1) {
      recorder.observeSpans([fakeSpans([{ service: "shop", name: `GET /${round}` }])]);
      await until(() => of("traces_spanmetrics_calls_total").length >= round);
    }
    expect(warned.filter((line) => line.includes("span metrics"))).toHaveLength(1);
  });
});
