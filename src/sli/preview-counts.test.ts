import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { indicatorOf, openTestStore, startStand, storedCounts } from "../../test/contract/counting-stand.ts";
import { incrementsOf, seriesOf, startMetricsStand } from "../../test/contract/metrics-stand.ts";
import type { TestSample } from "../../test/contract/metrics-stand.ts";
import { sampleSpans } from "../../test/contract/sample-spans.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time.ts";
import type { RunQuery } from "../promql/query-request.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import { defineMetricsIndicator } from "../slo/define-indicator.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readCountSteps } from "../store/clickhouse/read-count-steps.ts";
import { readOldestSpanTime } from "../store/clickhouse/read-oldest-span-time.ts";
import { createFakeIndicatorStates } from "./fake-indicator-states.ts";
import { createPreviewCounts } from "./preview-counts.ts";
import type { PreviewedCounts, PreviewPorts, PreviewRange } from "./preview-counts.ts";

let clickhouse: ClickHouse;
let close: () => Promise<void>;

const NOW_MS = bucketStartMs(Date.now());
const RANGE: PreviewRange = { startMs: NOW_MS - 4 * DAY_MS, endMs: NOW_MS, stepMs: 10_000 };
const SERVED = indicatorOf("{ kind = server }", "{ status != error }");
const LATENCY = indicatorOf("{ kind = server }", "{ duration >= 300ms }", "bad");
const REQUESTS = incrementsOf("sum(rate(requests[5m]))", 'sum(rate(requests{code="500"}[5m]))', "bad");

const ports = (own: Partial<PreviewPorts> = {}): PreviewPorts => ({
  store: {
    query: (sql, options) => clickhouse.query("read", sql, options),
    command: () => Promise.reject(new Error("a preview changes nothing")),
  },
  runQuery: () => Promise.reject(new Error("no queries here")),
  coveredFromMs: () => undefined,
  readCounts: (id, range) => readCountSteps(clickhouse, id, range),
  oldestSpanMs: () => readOldestSpanTime(clickhouse, "read"),
  keptFromMs: async () => NOW_MS - 14 * DAY_MS,
  ...own,
});

/** As `storedCounts` gives them. */
function byBucket(counts: PreviewedCounts, { startMs, stepMs }: PreviewRange) {
  const buckets: Record<string, [number, number]> = {};
  for (const [i, total] of counts.total.entries()) {
    if (total !== 0) buckets[startMs + i * stepMs] = [counts.good[i]!, total];
  }
  return buckets;
}

/** Three days of spans, those of the last hour slow and wrong. */
const spans = Array.from({ length: 400 }, (_, i) => {
  const endMs = NOW_MS - 3 * DAY_MS + i * 11 * MINUTE_MS - (i % 7) * 1_111;
  const bad = endMs > NOW_MS - HOUR_MS;
  return { endMs, kind: 2, status: bad && i % 2 === 0 ? 2 : 1, durationMs: bad ? 400 : 20 };
}).filter(({ endMs }) => endMs < NOW_MS);

const samples: TestSample[] = Array.from({ length: 600 }, (_, i) => i).flatMap((i) =>
  ["200", "500"].map((code) => ({
    labels: seriesOf("requests", { code }),
    timeMs: NOW_MS - 2 * DAY_MS + i * 4 * MINUTE_MS,
    // One of them starts anew half way.
    value: code === "200" ? 10 * (i % 300) : i,
  })),
);

beforeAll(async () => {
  ({ clickhouse, close } = await openTestStore());
  const stand = await startStand(clickhouse, createFakeIndicatorStates());
  await stand.registry.apply([SERVED, LATENCY]);
  await stand.submit(sampleSpans(spans));
  await stand.stop();
  const metrics = await startMetricsStand(clickhouse, createFakeIndicatorStates());
  await metrics.indicators.apply([REQUESTS]);
  await metrics.submit(samples);
  await metrics.indicators.settled();
  await metrics.stop();
});
afterAll(() => close());

describe("a preview of counts", () => {
  it.each([
    ["spans", SERVED],
    ["spans, by what is bad", LATENCY],
    ["counters", REQUESTS],
  ])("of %s is what the service counts", async (_, indicator: Indicator) => {
    const expected = await storedCounts(clickhouse, indicator.id);
    expect(Object.keys(expected).length).toBeGreaterThan(100);
    const counted = await createPreviewCounts(ports())(indicator, RANGE);
    expect(byBucket(counted, RANGE)).toEqual(expected);
    expect(counted.gaps).toEqual([]);
  });

  it("says from when on something is stored, whatever was asked", async () => {
    const preview = createPreviewCounts(ports());
    const oldest = Math.min(...spans.map(({ endMs }) => endMs));
    expect(await preview(SERVED, RANGE)).toMatchObject({
      knownFromMs: bucketStartMs(oldest),
      limit: "stored",
      source: "spans",
    });
    expect(await preview(REQUESTS, RANGE)).toMatchObject({
      knownFromMs: NOW_MS - 2 * DAY_MS,
      limit: "stored",
      source: "samples",
    });
    const short = { ...RANGE, startMs: NOW_MS - DAY_MS };
    expect(await preview(SERVED, short)).toMatchObject({ knownFromMs: NOW_MS - DAY_MS, limit: "asked" });
    const early = { startMs: NOW_MS - 9 * DAY_MS, endMs: NOW_MS - 8 * DAY_MS, stepMs: 60_000 };
    expect(await preview(SERVED, early)).toMatchObject({ knownFromMs: undefined, limit: "stored" });
    const kept = createPreviewCounts(ports({ keptFromMs: async () => NOW_MS - DAY_MS + 1 }));
    expect(await kept(SERVED, RANGE)).toMatchObject({ knownFromMs: NOW_MS - DAY_MS + 10_000 });
    const other = incrementsOf("sum(rate(nobody_total[5m]))", "sum(rate(nobody_total[5m]))");
    expect(await preview(other, RANGE)).toMatchObject({ knownFromMs: undefined });
  });

  it("adds up buckets where steps are longer, and loses none", async () => {
    const day = { ...RANGE, stepMs: DAY_MS };
    const { good, total } = await createPreviewCounts(ports())(SERVED, day);
    expect(total).toHaveLength(4);
    expect(total.reduce((sum, count) => sum + count, 0)).toBe(spans.length);
    expect(good.reduce((sum, count) => sum + count, 0)).toBe(
      spans.filter(({ status }) => status === 1).length,
    );
  });

  it("of an SLO that runs reads its counts, which reach back further than spans", async () => {
    const preview = createPreviewCounts(
      ports({
        coveredFromMs: (id) => (id === SERVED.id ? NOW_MS - 9 * DAY_MS : undefined),
        oldestSpanMs: () => Promise.reject(new Error("spans are not asked")),
      }),
    );
    const counted = await preview(SERVED, RANGE);
    expect(byBucket(counted, RANGE)).toEqual(await storedCounts(clickhouse, SERVED.id));
    expect(counted).toMatchObject({ knownFromMs: RANGE.startMs, limit: "asked", source: "counts" });
    await expect(preview(LATENCY, RANGE)).rejects.toThrow("spans are not asked");
  });

  it("evaluates queries, and names the stretches for which there is no answer", async () => {
    const queue = defineMetricsIndicator({ kind: "threshold", query: "queue", operator: "lt", value: 10 });
    const runQuery: RunQuery = async ({ startMs, endMs, stepMs }) => {
      const failed = Math.floor(NOW_MS / 30_000) * 30_000 - 90 * MINUTE_MS;
      if (startMs <= failed && failed <= endMs)
        return { kind: "failed", error: { kind: "execution", message: "many-to-many" } };
      const steps = Math.floor((endMs - startMs) / stepMs) + 1;
      const grid = { startMs, endMs, stepMs, steps };
      const series = [
        { labels: [], values: new Float64Array(steps).fill(3), present: new Uint8Array(steps).fill(1) },
      ];
      return {
        kind: "answered",
        value: { type: "vector", grid, series },
        annotations: [],
        stats: { seriesRead: 1, samplesRead: steps },
      };
    };
    const range = { startMs: NOW_MS - 4 * HOUR_MS, endMs: NOW_MS, stepMs: HOUR_MS };
    const { total, gaps } = await createPreviewCounts(ports({ runQuery }))(queue, range);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]!.toMs - gaps[0]!.fromMs).toBeLessThanOrEqual(30 * MINUTE_MS);
    expect(gaps[0]!.reason).toContain("many-to-many");
    expect([total[0], total[1], total[3]]).toEqual([120, 120, 120]);
    expect(total[2]).toBeLessThan(120);
  });

  it("ends when its time is over, with the newest days counted", async () => {
    let statements = 0;
    const slow = ports();
    const preview = createPreviewCounts({
      ...slow,
      store: {
        ...slow.store,
        query: async (sql, options) => {
          if (sql.includes("countIf")) statements += 1;
          if (statements === 2) await new Promise((resolve) => setTimeout(resolve, 700));
          return slow.store.query(sql, options);
        },
      },
    });
    const counted = await preview(SERVED, RANGE, { maxTimeMs: 600 });
    expect(counted.limit).toBe("time");
    expect(counted.knownFromMs).toBeGreaterThan(NOW_MS - 3 * DAY_MS);
    expect(statements).toBe(2);
  });

  it("stops when nobody waits for it any more", async () => {
    const signal = AbortSignal.abort(new Error("gone"));
    await expect(createPreviewCounts(ports())(SERVED, RANGE, { signal })).rejects.toThrow("gone");
  });
});
