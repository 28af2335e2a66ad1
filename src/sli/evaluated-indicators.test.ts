import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestStore, storedCounts } from "../../test/contract/counting-stand.ts";
import { clearMetrics, seriesOf, startMetricsStand } from "../../test/contract/metrics-stand.ts";
import { HOUR_MS, timestampMs } from "../model/time.ts";
import type { QueryRequest, RunQuery } from "../promql/query-request.ts";
import { defineMetricsIndicator } from "../slo/define-indicator.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { createFakeIndicatorStates } from "./fake-indicator-states.ts";
import { TICK_MS } from "./metric-evaluation.ts";

let clickhouse: ClickHouse;
let close: () => Promise<void>;
let stand: Awaited<ReturnType<typeof startMetricsStand>> | undefined;

beforeAll(async () => {
  ({ clickhouse, close } = await openTestStore());
});
afterAll(() => close());

const START_MS = Math.floor(Date.now() / TICK_MS) * TICK_MS - 2 * HOUR_MS;
const DELAY_MS = 5_000;
let nowMs = START_MS;
const now = () => timestampMs(nowMs);
let answers: Record<string, (atMs: number) => readonly (number | undefined)[]> = {};
let requests: QueryRequest[] = [];
let isAway = false;
let limitMs = Infinity;
let failsAt = Number.NaN;

/** Answers from functions of the time: one number for each series, undefined where it has none. */
const runQuery: RunQuery = async (request) => {
  requests.push(request);
  const answer = answers[request.query];
  if (isAway || answer === undefined)
    return { kind: "failed", error: { kind: "timeout", message: "the store is away" } };
  const { startMs, endMs, stepMs } = request;
  if (endMs - startMs > limitMs) return { kind: "failed", error: { kind: "too_large", message: "too much" } };
  if (startMs <= failsAt && endMs >= failsAt)
    return { kind: "failed", error: { kind: "execution", message: "many-to-many" } };
  const times = Array.from(
    { length: Math.floor((endMs - startMs) / stepMs) + 1 },
    (_, i) => startMs + i * stepMs,
  );
  const rows = times.map(answer);
  const seriesCount = Math.max(...rows.map((row) => row.length));
  const series = Array.from({ length: seriesCount }, (_, s) => ({
    labels: ["series", String(s)],
    values: Float64Array.from(rows, (row) => row[s] ?? 0),
    present: Uint8Array.from(rows, (row) => (row[s] === undefined ? 0 : 1)),
  }));
  const grid = { startMs, endMs, stepMs, steps: times.length };
  return {
    kind: "answered",
    value: { type: "vector", grid, series },
    annotations: [],
    stats: { seriesRead: 0, samplesRead: 0 },
  };
};

beforeEach(async () => {
  await clearMetrics(clickhouse);
  nowMs = START_MS + DELAY_MS;
  answers = {};
  requests = [];
  isAway = false;
  limitMs = Infinity;
  failsAt = Number.NaN;
});
afterEach(() => stand?.stop());

const start = async (states = createFakeIndicatorStates()) => {
  stand = await startMetricsStand(clickhouse, states, { runQuery }, now);
  return { stand, states };
};
const bucketOf = (tickMs: number) => tickMs - 10_000;
const tick = (i: number) => START_MS + i * TICK_MS;
const until = async (id: string, buckets: number) =>
  expect
    .poll(async () => Object.keys(await storedCounts(clickhouse, id)).length, { timeout: 10_000 })
    .toBe(buckets);

const QUEUE = defineMetricsIndicator({ kind: "threshold", query: "queue", operator: "lt", value: 10 });

describe("SLIs that are evaluated", () => {
  it("count each series of a threshold once a tick", async () => {
    answers["queue"] = (atMs) => (atMs <= tick(1) ? [3, 10, undefined, Number.NaN] : [3, 9, 50]);
    const { stand } = await start();
    await stand.indicators.apply([QUEUE]);
    await stand.indicators.settled();
    nowMs = tick(2) + DELAY_MS;
    await until(QUEUE.id, 2);
    expect(await storedCounts(clickhouse, QUEUE.id)).toEqual({
      [bucketOf(tick(1))]: [1, 2],
      [bucketOf(tick(2))]: [2, 3],
    });
  });

  it("count the parts of a raw ratio, within 0 and 1, and nothing for NaN", async () => {
    const success = defineMetricsIndicator({ kind: "raw", rawType: "success", query: "ratio" });
    const failure = defineMetricsIndicator({ kind: "raw", rawType: "failure", query: "ratio" });
    answers["ratio"] = () => [0.75, 1.5, Number.NaN];
    const { stand } = await start();
    await stand.indicators.apply([success, failure]);
    await stand.indicators.settled();
    nowMs = tick(1) + DELAY_MS;
    await until(success.id, 1);
    await until(failure.id, 1);
    expect(await storedCounts(clickhouse, success.id)).toEqual({ [bucketOf(tick(1))]: [1.75, 2] });
    expect(await storedCounts(clickhouse, failure.id)).toEqual({ [bucketOf(tick(1))]: [0.25, 2] });
    // The query of both is asked once for each stretch of time.
    const asked = requests.map(({ startMs, endMs }) => `${startMs} ${endMs}`);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it("sum the values of two queries, and count nothing where there is no total", async () => {
    const ratio = (outcome: "good" | "bad") =>
      defineMetricsIndicator({ kind: "evaluated", total: "all", outcome, query: "part", reason: "" });
    answers["all"] = (atMs) => (atMs === tick(2) ? [] : [60, 40]);
    answers["part"] = (atMs) => (atMs === tick(3) ? [] : [10]);
    const { stand } = await start();
    await stand.indicators.apply([ratio("good"), ratio("bad")]);
    await stand.indicators.settled();
    nowMs = tick(3) + DELAY_MS;
    await until(ratio("good").id, 2);
    await until(ratio("bad").id, 2);
    expect(await storedCounts(clickhouse, ratio("good").id)).toEqual({
      [bucketOf(tick(1))]: [10, 100],
      [bucketOf(tick(3))]: [0, 100],
    });
    expect(await storedCounts(clickhouse, ratio("bad").id)).toEqual({
      [bucketOf(tick(1))]: [90, 100],
      [bucketOf(tick(3))]: [100, 100],
    });
  });

  it("are counted though the query of another one is never answered, and that one goes live with its gaps", async () => {
    const broken = defineMetricsIndicator({ kind: "threshold", query: "broken", operator: "lt", value: 10 });
    answers["queue"] = () => [3];
    const { stand, states } = await start();
    await stand.submit([{ labels: seriesOf("queue"), timeMs: START_MS - 3 * HOUR_MS, value: 3 }]);
    await stand.indicators.apply([broken]);
    await stand.indicators.apply([broken, QUEUE]);
    await expect.poll(() => states.records.get(QUEUE.id)?.state, { timeout: 10_000 }).toBe("live");
    await expect.poll(() => states.records.get(broken.id)?.state, { timeout: 10_000 }).toBe("live");
    nowMs = tick(2) + DELAY_MS;
    await until(QUEUE.id, 362);
    expect(await storedCounts(clickhouse, broken.id)).toEqual({});
    answers["broken"] = () => [3];
    nowMs = tick(4) + DELAY_MS;
    // What was not answered in the last hour is asked again.
    await expect
      .poll(async () => Object.keys(await storedCounts(clickhouse, broken.id)).length, { timeout: 10_000 })
      .toBeGreaterThan(60);
  });

  it("are counted in parts when a query is too much over a long time, and without the ticks at which it fails", async () => {
    answers["queue"] = () => [3];
    limitMs = HOUR_MS;
    failsAt = START_MS - 2 * HOUR_MS;
    const { stand } = await start();
    await stand.submit([{ labels: seriesOf("queue"), timeMs: START_MS - 5 * HOUR_MS, value: 3 }]);
    await stand.indicators.apply([QUEUE]);
    await stand.indicators.settled();
    const missing = 5 * 120 - Object.keys(await storedCounts(clickhouse, QUEUE.id)).length;
    expect(missing).toBeGreaterThan(0);
    expect(missing).toBeLessThanOrEqual(60);
  });

  it("make up for ticks that were missed, and correct what late samples change", async () => {
    let value = 3;
    answers["queue"] = () => [value];
    const { states } = await start();
    await stand!.indicators.apply([QUEUE]);
    await stand!.indicators.settled();
    nowMs = tick(2) + DELAY_MS;
    await until(QUEUE.id, 2);
    isAway = true;
    nowMs = tick(4) + DELAY_MS;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stand!.stop();
    isAway = false;
    nowMs = tick(150) + DELAY_MS;
    await start(states);
    await stand!.indicators.apply([QUEUE]);
    await until(QUEUE.id, 150);
    value = 30;
    await stand!.indicators.reconcile();
    const counts = await storedCounts(clickhouse, QUEUE.id);
    expect(counts[bucketOf(tick(150))]).toEqual([0, 1]);
    expect(counts[bucketOf(tick(20))]).toEqual([1, 1]);
    expect(Object.keys(counts)).toHaveLength(150);
  });

  it("are counted over everything that is stored when they are new", async () => {
    answers["queue"] = () => [3];
    const { stand, states } = await start();
    await stand.submit([{ labels: seriesOf("queue"), timeMs: START_MS - 3 * HOUR_MS, value: 3 }]);
    await stand.indicators.apply([QUEUE]);
    await stand.indicators.settled();
    const counts = await storedCounts(clickhouse, QUEUE.id);
    expect(Object.keys(counts)).toHaveLength(360);
    expect(states.records.get(QUEUE.id)).toMatchObject({
      state: "live",
      coveredFromMs: START_MS - 3 * HOUR_MS,
    });
  });
});
