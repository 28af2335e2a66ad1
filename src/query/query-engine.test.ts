import { afterEach, describe, expect, it } from "vitest";
import { labelsOf } from "../model/labels.ts";
import { QueryError } from "../promql/query-error.ts";
import type { QueryOutcome, QueryRequest } from "../promql/query-request.ts";
import { type Log, SILENT_LOG } from "../self/log.ts";
import type { RunSql } from "../store/clickhouse/run-sql.ts";
import { createFakeRunSql, type FakeSeries } from "./fake-run-sql.ts";
import { createQueryEngine, type QueryEngine, type QueryEngineOptions } from "./query-engine.ts";

const START_MS = 1_700_000_000_000;
const LIMITS = { maxSeries: 1_000, maxSamples: 1_000_000, maxSteps: 11_000, maxPoints: 1_000_000 };

const seriesOf = (name: string, labels: Readonly<Record<string, string>>, values: number[]): FakeSeries => ({
  labels: labelsOf([["__name__", name], ...Object.entries(labels)]),
  timesMs: Float64Array.from(values, (_, i) => START_MS + i * 15_000),
  values: Float64Array.from(values),
});
const UP = [
  seriesOf("up", { job: "api" }, [1, 1, Number.NaN, 0]),
  seriesOf("up", { job: "web" }, [0, 1, 1, 1]),
];

const instant = (query: string, atMs = START_MS + 45_000): QueryRequest => ({
  query,
  instant: true,
  startMs: atMs,
  endMs: atMs,
  stepMs: 0,
  lookbackMs: 300_000,
  subqueryStepMs: 60_000,
});
const range = (query: string, steps = 4, stepMs = 15_000): QueryRequest => ({
  ...instant(query),
  instant: false,
  startMs: START_MS,
  endMs: START_MS + (steps - 1) * stepMs,
  stepMs,
});
const never = new AbortController().signal;

/** A single series over which `BUSY` computes for minutes without looking up. */
const LONG: FakeSeries = {
  labels: ["__name__", "long"],
  timesMs: Float64Array.from({ length: 200_000 }, (_, i) => START_MS + i),
  values: Float64Array.from({ length: 200_000 }, (_, i) => Math.sin(i)),
};
const BUSY = range("mad_over_time(long[10m])", 10_000, 10);

const errorOf = (outcome: QueryOutcome): unknown =>
  outcome.kind === "failed" ? [outcome.error.kind, outcome.error.message] : outcome.kind;

const engines: QueryEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});
const open = (runSql: RunSql, more: Partial<QueryEngineOptions> = {}): QueryEngine => {
  const engine = createQueryEngine({
    runSql,
    limits: LIMITS,
    maxTimeMs: 20_000,
    maxHeapBytes: 256 * 1024 * 1024,
    log: SILENT_LOG,
    ...more,
  });
  engines.push(engine);
  return engine;
};

describe.each(["thread", "inline"] as const)("queries computed %s", (worker) => {
  it("answer vectors, scalars, strings and ranges of samples", async () => {
    const { run } = open(createFakeRunSql(UP), { worker });
    const vector = await run(range("up"), never);
    if (vector.kind !== "answered" || vector.value.type !== "vector") throw new Error("no vector");
    expect(vector.stats).toEqual({ seriesRead: 2, samplesRead: 8 });
    expect(vector.value.grid.steps).toBe(4);
    expect(vector.value.series.map(({ labels, values }) => [labels.at(-1), [...values]])).toEqual([
      ["api", [1, 1, Number.NaN, 0]],
      ["web", [0, 1, 1, 1]],
    ]);
    expect(await run(instant('"text"'), never)).toMatchObject({ value: { type: "string", value: "text" } });
    const scalar = await run(range("time()"), never);
    expect(scalar.kind === "answered" && scalar.value.type === "scalar" && scalar.value.values[3]).toBe(
      START_MS / 1_000 + 45,
    );
    const matrix = await run(instant("up[30s]"), never);
    if (matrix.kind !== "answered" || matrix.value.type !== "matrix") throw new Error("no matrix");
    expect(matrix.value.series.map(({ timesMs, values }) => [timesMs.length, values.at(-1)])).toEqual([
      [4, 0],
      [4, 1],
    ]);
  });

  it("tell what is wrong with a query, and which limit it meets", async () => {
    const { run } = open(createFakeRunSql(UP), { worker, limits: { ...LIMITS, maxSamples: 7 } });
    expect(await run(instant("up{"), never)).toMatchObject({ kind: "invalid", error: { range: { end: 3 } } });
    expect(errorOf(await run(range("up"), never))).toEqual([
      "too_large",
      expect.stringContaining("limit: 7"),
    ]);
  });

  it("tell why the store did not answer", async () => {
    const refusing = (error: Error): Promise<QueryOutcome> => {
      const runSql: RunSql = async () => {
        throw error;
      };
      return open(runSql, { worker }).run(instant("up"), never);
    };
    expect(errorOf(await refusing(new QueryError("timeout", "too slow")))).toEqual(["timeout", "too slow"]);
    expect(errorOf(await refusing(new Error("broken")))).toEqual(["execution", "broken"]);
    const nonsense = open(async () => Uint8Array.of(200), { worker });
    expect(errorOf(await nonsense.run(instant("up"), never))).toMatchObject(["execution", expect.anything()]);
  });

  it("run at the same time, and wait for their turn beyond a number", async () => {
    let asked = 0;
    const gates: (() => void)[] = [];
    const fake = createFakeRunSql(UP);
    const gated: RunSql = async (sql, params, signal) => {
      if (sql.includes("FROM series")) {
        asked += 1;
        await new Promise<void>((resolve) => gates.push(resolve));
      }
      return fake(sql, params, signal);
    };
    const { run } = open(gated, { worker, maxConcurrent: 2, maxWaiting: 1 });
    const [first, second, third] = [1, 2, 3].map(() => run(instant("up"), never));
    expect(errorOf(await run(instant("up"), never))).toEqual([
      "unavailable",
      "too many queries: 1 are waiting already, try again later",
    ]);
    await expect.poll(() => asked).toBe(2);
    for (const open of gates.splice(0)) open();
    expect([(await first!).kind, (await second!).kind]).toEqual(["answered", "answered"]);
    await expect.poll(() => gates.length).toBe(1);
    gates[0]!();
    expect((await third!).kind).toBe("answered");
  });

  it("end when they are cancelled, and so do their statements", async () => {
    let aborted = 0;
    const hanging: RunSql = (_sql, _params, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          aborted += 1;
          reject(new QueryError("canceled", "aborted"));
        });
      });
    const { run } = open(hanging, { worker });
    const stop = new AbortController();
    const running = run(instant("up"), stop.signal);
    setTimeout(() => stop.abort(), 1_000);
    expect(errorOf(await running)).toMatchObject(["canceled", expect.stringContaining("cancel")]);
    await expect.poll(() => aborted).toBe(1);
    expect(errorOf(await run(instant("up"), AbortSignal.abort()))).toMatchObject([
      "canceled",
      expect.anything(),
    ]);
  });

  it("end when their time is over, and so do their statements", async () => {
    let aborted = 0;
    const hanging: RunSql = (_sql, _params, signal) =>
      new Promise(() => signal.addEventListener("abort", () => (aborted += 1)));
    const { run } = open(hanging, { worker, maxTimeMs: 1_500, maxConcurrent: 1 });
    const both = await Promise.all([run(instant("up"), never), run(instant("up"), never)]);
    expect(both.map(errorOf)).toEqual([
      ["timeout", expect.stringContaining("queries.maxTime in noroshi.yaml")],
      ["timeout", expect.stringContaining("timed out")],
    ]);
    await expect.poll(() => aborted).toBeGreaterThan(0);
  });

  it("are cancelled when the engine closes", async () => {
    const engine = open(() => new Promise(() => {}), { worker });
    const running = engine.run(instant("up"), never);
    setTimeout(() => void engine.close(), 500);
    expect(errorOf(await running)).toMatchObject(["canceled", expect.anything()]);
    expect(errorOf(await engine.run(instant("up"), never))).toMatchObject(["canceled", expect.anything()]);
  });
});

describe("the thread of queries", () => {
  const warnings: string[] = [];
  const log: Log = {
    ...SILENT_LOG,
    warn: (message) => void warnings.push(message),
    error: (message) => void warnings.push(message),
  };

  it("is replaced when a query does not end in its time; others in it are told why", async () => {
    let asked = 0;
    const fake = createFakeRunSql([LONG]);
    const hangsAtTwo: RunSql = (sql, params, signal) => {
      asked += sql.includes("FROM series") ? 1 : 0;
      return Object.values(params).includes("other") ? new Promise(() => {}) : fake(sql, params, signal);
    };
    const { run } = open(hangsAtTwo, {
      limits: { ...LIMITS, maxSamples: 1e9 },
      maxTimeMs: 8_000,
      graceMs: 300,
      log,
    });
    const start = performance.now();
    const busy = run(BUSY, never);
    await expect.poll(() => asked, { timeout: 10_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const other = run(instant("other"), never);
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 10);
    expect(errorOf(await busy)).toEqual([
      "timeout",
      expect.stringContaining("queries.maxTime in noroshi.yaml"),
    ]);
    expect(performance.now() - start).toBeLessThan(14_000);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(30);
    expect(errorOf(await other)).toEqual([
      "unavailable",
      "the thread of queries was replaced because another query did not end in time",
    ]);
    expect(warnings).toEqual(["a query did not end in its time: its thread is replaced"]);
    expect((await run(instant("long", START_MS + 1_000), never)).kind).toBe("answered");
  });

  it("is replaced when it runs out of memory; its queries are told", async () => {
    warnings.length = 0;
    const all = Array.from({ length: 19_000 }, (_, i) =>
      seriesOf(
        "m",
        Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`label_${k}`, `${i} ${k}`])),
        [1],
      ),
    );
    const limits = { ...LIMITS, maxSeries: 1e6 };
    const { run } = open(createFakeRunSql(all), { limits, maxHeapBytes: 24 * 1024 * 1024, log });
    expect(errorOf(await run(instant("m"), never))).toMatchObject([
      "unavailable",
      /thread of queries was lost/,
    ]);
    expect(warnings).toEqual(["the thread of queries was lost"]);
    expect((await run(instant("1"), never)).kind).toBe("answered");
  });
});
