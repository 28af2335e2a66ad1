import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Labels, labelsText } from "../../src/model/labels.ts";
import type { NativeHistogram } from "../../src/model/native-histogram.ts";
import { createAnnotations } from "../../src/promql/annotations.ts";
import type { Matcher, MatchOperator } from "../../src/promql/ast.ts";
import { compileMatchers } from "../../src/promql/syntax/label-matcher.ts";
import { QueryError } from "../../src/promql/query-error.ts";
import { RANGE_FUNCTIONS } from "../../src/promql/functions/range-functions.ts";
import type { PushedFunction, ReadBudget, SeriesReader } from "../../src/promql/series-reader.ts";
import type { Grid, RawSeries } from "../../src/promql/value.ts";
import { createQueryEngine } from "../../src/query/query-engine.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { ClickHouse } from "../../src/store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../../src/store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../../src/store/clickhouse/migrate-clickhouse.ts";
import { readExemplars } from "../../src/store/clickhouse/read-exemplars.ts";
import { readLabelNames } from "../../src/store/clickhouse/read-label-names.ts";
import { readLabelValues } from "../../src/store/clickhouse/read-label-values.ts";
import { readMetadata } from "../../src/store/clickhouse/read-metadata.ts";
import { readSeriesLabels } from "../../src/store/clickhouse/read-series-labels.ts";
import { openRemoteClickHouse } from "../../src/store/clickhouse/remote-clickhouse.ts";
import { createRunSql, type RunSql } from "../../src/store/clickhouse/run-sql.ts";
import { createSampleWriter, type InsertSamples } from "../../src/store/clickhouse/sample-writer.ts";
import { createSeriesReader } from "../../src/store/clickhouse/series-reader.ts";
import { startClickHouseGateway } from "./clickhouse-gateway.ts";
import { createSampleStand, type SampleStand, type SampleValue, series } from "./sample-series.ts";

const DAY_MS = 86_400_000;
const RETENTION = { spansMs: 30 * DAY_MS, sliCountsMs: 400 * DAY_MS, samplesMs: 35 * DAY_MS };
const TABLES = ["series", "samples", "histogram_samples", "exemplars", "metric_metadata"];

interface Opened {
  readonly clickhouse: ClickHouse;
  readonly close: () => Promise<void>;
}

const engines: readonly { readonly name: string; readonly open: (dataDir: string) => Promise<Opened> }[] = [
  {
    name: "the embedded engine",
    open: async (dataDir) => {
      const clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
      return { clickhouse, close: () => clickhouse.close() };
    },
  },
  {
    name: "a server over HTTP",
    open: async (dataDir) => {
      const gateway = await startClickHouseGateway(dataDir);
      const clickhouse = openRemoteClickHouse({ url: gateway.url, log: SILENT_LOG });
      return {
        clickhouse,
        close: async () => {
          await clickhouse.close();
          await gateway.close();
        },
      };
    },
  },
];

const matcher = (text: string): Matcher => {
  const [, label, operator, value] = /^([^=!]+)(=~|!~|!=|=)(.*)$/s.exec(text)!;
  return { label: label!, operator: operator as MatchOperator, value: value! };
};

const never = new AbortController().signal;
const unlimited: ReadBudget = { signal: never, series: () => {}, samples: () => {} };

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

/** A series as lines `time value`, markers as "stale", histograms as their counts. */
const rowsOf = (raw: RawSeries): (readonly [number, SampleValue | { readonly count: number }])[] =>
  Array.from(raw.timesMs, (timeMs, i) => {
    const histogram = raw.histograms?.[i];
    if (histogram !== undefined) return [timeMs, { count: histogram.count }] as const;
    return [timeMs, raw.stale?.[i] === 1 ? "stale" : raw.values[i]!] as const;
  });

const bitsText = (values: Float64Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");

const histogramOf = (count: number, more: Partial<NativeHistogram> = {}): NativeHistogram => ({
  schema: 3,
  count,
  sum: -1.5,
  zeroThreshold: 1e-128,
  zeroCount: 1,
  positive: { indexes: Int32Array.of(-5, 0, 7), counts: Float64Array.of(1, 2, count - 5) },
  negative: { indexes: Int32Array.of(2), counts: Float64Array.of(1) },
  customBounds: [],
  counterReset: "not_reset",
  ...more,
});

describe.each(engines)("metrics in the telemetry store on $name", ({ open }) => {
  let dataDir: string;
  let opened: Opened;
  let clickhouse: ClickHouse;
  let run: RunSql;
  let reader: SeriesReader;
  let write: InsertSamples;
  let stand: SampleStand;
  let lastGroup = BigInt(Date.now()) * 1_000n;
  const now = Math.floor(Date.now() / DAY_MS) * DAY_MS;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "noroshi-metrics-"));
    opened = await open(dataDir);
    clickhouse = opened.clickhouse;
    await migrateClickHouse(clickhouse, { retention: RETENTION });
    run = createRunSql(clickhouse);
    reader = createSeriesReader(run);
  });
  afterAll(async () => {
    await opened.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    for (const table of TABLES) await clickhouse.command("background", `TRUNCATE TABLE ${table}`);
    write = createSampleWriter(clickhouse);
    stand = createSampleStand();
  });

  const store = async (...contents: Parameters<SampleStand["batch"]>[0][]): Promise<bigint> => {
    lastGroup += 1n;
    await write({ groupId: lastGroup, batches: contents.map((content) => stand.batch(content)) });
    return lastGroup;
  };
  const select = (
    matchers: readonly string[],
    fromMs = now - 40 * DAY_MS,
    toMs = now + DAY_MS,
    budget = unlimited,
  ): Promise<RawSeries[]> =>
    collect(reader.select({ matchers: matchers.map(matcher), fromMs, toMs }, budget));
  const count = async (table: string): Promise<number> => {
    const [row] = await clickhouse.query<{ n: string }>("read", `SELECT count() AS n FROM ${table}`);
    return Number(row?.n);
  };

  describe("samples", () => {
    it("come back bit for bit, in time order, whatever kinds of numbers they are", async () => {
      const values = [0, -0, 1 / 3, -1e308, 5e-324, Infinity, -Infinity, Number.NaN, 2 ** 53 + 2];
      const labels = series("numbers", { text: 'quote " \\ \n 火 🔥', Upper: "1", a: "b" });
      await store({ floats: values.map((value, i) => [labels, now + i, value] as const).toReversed() });
      const [raw, ...others] = await select(["__name__=numbers"]);
      expect(others).toEqual([]);
      expect(raw?.labels).toEqual(labels);
      expect(raw?.stale).toBeUndefined();
      expect([...raw!.timesMs]).toEqual(values.map((_, i) => now + i));
      expect(bitsText(raw!.values)).toBe(bitsText(Float64Array.from(values)));
    });

    it("that come again are there once; of several values for one time the largest counts", async () => {
      const up = series("up", { job: "api" });
      const first = [
        [up, now, 1],
        [up, now + 1_000, 5],
        [up, now + 2_000, "stale"],
        [up, now + 3_000, Number.NaN],
        [up, now + 4_000, -3],
      ] as const;
      await store({ floats: first });
      await store({ floats: first });
      await store({
        floats: [
          [up, now + 1_000, 4],
          [up, now + 2_000, Number.NaN],
          [up, now + 3_000, -1],
          [up, now + 3_000, "stale"],
          [up, now + 4_000, "stale"],
        ],
      });
      const expected = [
        [now, 1],
        [now + 1_000, 5],
        [now + 2_000, Number.NaN],
        [now + 3_000, -1],
        [now + 4_000, -3],
      ];
      expect((await select(["__name__=up"])).map(rowsOf)).toEqual([expected]);
      await clickhouse.command("background", "OPTIMIZE TABLE samples FINAL");
      const merged = (await select(["__name__=up"])).map(rowsOf);
      // One NaN is like another to a merge: which of the two kinds stays is not told.
      expect(merged[0]?.filter(([time]) => time !== now + 2_000)).toEqual(
        expected.filter(([time]) => time !== now + 2_000),
      );
    });

    it("of a group stored again are written once", async () => {
      const floats = [[series("up"), now, 1]] as const;
      const groupId = await store({ floats });
      write = createSampleWriter(clickhouse);
      await write({ groupId, batches: [stand.batch({ floats })] });
      expect(await count("samples")).toBe(1);
      expect(await count("series")).toBe(1);
    });

    it("may be staleness markers, told by flags", async () => {
      const up = series("up");
      await store({
        floats: [
          [up, now, 1],
          [up, now + 15_000, "stale"],
          [up, now + 30_000, 1],
        ],
      });
      const [raw] = await select(["__name__=up"]);
      expect([...raw!.stale!]).toEqual([0, 1, 0]);
    });

    it("may come out of order and belong to many days", async () => {
      const up = series("up");
      const days = Array.from({ length: 34 }, (_, day) => day);
      for (const day of [0, 20, 3, 33]) await store({ floats: [[up, now - day * DAY_MS + 5_000, day]] });
      await store({ floats: days.map((day) => [up, now - day * DAY_MS, day] as const) });
      const [raw, ...others] = await select(["__name__=up"]);
      expect(others).toEqual([]);
      expect(raw?.timesMs.length).toBe(38);
      expect([...raw!.timesMs]).toEqual([...raw!.timesMs].sort((a, b) => a - b));
      const [old] = await select(["__name__=up"], now - 20 * DAY_MS - 1, now - 20 * DAY_MS + 5_000);
      expect(rowsOf(old!)).toEqual([
        [now - 20 * DAY_MS, 20],
        [now - 20 * DAY_MS + 5_000, 20],
      ]);
      expect(await count("(SELECT DISTINCT day FROM series)")).toBe(34);
    });

    it("are read after the start and up to the end of a range", async () => {
      const up = series("up");
      await store({ floats: [0, 1, 2, 3].map((i) => [up, now + i * 1_000, i] as const) });
      expect(rowsOf((await select(["__name__=up"], now, now + 2_000))[0]!)).toEqual([
        [now + 1_000, 1],
        [now + 2_000, 2],
      ]);
      expect(await select(["__name__=up"], now + 3_000, now + 60_000)).toEqual([]);
      expect(await select(["__name__=up"], -400 * 365 * DAY_MS, -1)).toEqual([]);
      expect(await select(["__name__=up"], -1e14, 1e15)).toHaveLength(1);
    });

    it("are found again after a failed group, whose series are then written", async () => {
      const failing = createSampleWriter({
        ...clickhouse,
        insert: (lane, request) =>
          broken && request.table === "series"
            ? Promise.reject(new Error("no"))
            : clickhouse.insert(lane, request),
      });
      let broken = true;
      const batches = [
        stand.batch({
          floats: [
            [series("up"), now, 1],
            [series("up"), now - DAY_MS, 1],
          ],
        }),
      ];
      await expect(failing({ groupId: 1n, batches })).rejects.toThrow("no");
      broken = false;
      await failing({ groupId: 2n, batches });
      expect((await select(["__name__=up"]))[0]?.timesMs.length).toBe(2);
    });

    it("come in smaller chunks where the store refuses larger ones", async () => {
      const all = Array.from({ length: 100 }, (_, i) => series("m", { i: String(i) }));
      await store({ floats: all.map((labels, i) => [labels, now, i] as const) });
      const narrow = createSeriesReader((sql, params, signal) => {
        const ids = params["ids"];
        if (Array.isArray(ids) && ids.length > 10) throw new QueryError("too_large", "too much");
        return run(sql, params, signal);
      });
      const request = { matchers: [matcher("__name__=m")], fromMs: now - 1, toMs: now };
      const found = await collect(narrow.select(request, unlimited));
      expect(new Set(found.map(({ labels }) => labelsText(labels))).size).toBe(100);
      expect(found).toHaveLength(100);
    });

    it("come in chunks of many series without loss", async () => {
      const all = Array.from({ length: 25_000 }, (_, i) => series(`m${i % 3}`, { i: String(i) }));
      await store({ floats: all.map((labels, i) => [labels, now, i] as const) });
      let told = 0;
      const budget = { ...unlimited, series: (n: number) => (told += n) };
      const found = await select(["i=~.+"], now - 1, now, budget);
      expect(told).toBe(25_000);
      expect(new Set(found.map(({ labels }) => labelsText(labels))).size).toBe(25_000);
      expect(found.every(({ labels, values }) => labels.includes(String(values[0])))).toBe(true);
    });
  });

  describe("queries", () => {
    it.each(["thread", "inline"] as const)("are answered from the store, computed %s", async (worker) => {
      const jobs = ["api", "web", "db"];
      const floats = jobs.flatMap((job, k) =>
        Array.from({ length: 41 }, (_, i) => {
          return [series("requests_total", { job }), now + i * 15_000, i * 15 * (k + 1)] as const;
        }),
      );
      const ref = stand.ref(series("latency"));
      const histogram = { series: ref, startMs: 0, isDelta: false, timeMs: now, histogram: histogramOf(10) };
      await store({ floats, histograms: [histogram] });
      const engine = createQueryEngine({
        runSql: run,
        limits: { maxSeries: 100, maxSamples: 10_000, maxSteps: 11_000, maxPoints: 10_000 },
        maxTimeMs: 30_000,
        maxHeapBytes: 512 * 1024 * 1024,
        worker,
        log: SILENT_LOG,
      });
      const answer = async (query: string) => {
        const outcome = await engine.run(
          {
            query,
            instant: false,
            startMs: now + 300_000,
            endMs: now + 600_000,
            stepMs: 60_000,
            lookbackMs: 300_000,
            subqueryStepMs: 60_000,
          },
          never,
        );
        if (outcome.kind !== "answered" || outcome.value.type !== "vector") throw new Error(inspect(outcome));
        return outcome.value.series.map(({ labels, values, histograms }) => [
          labelsText(labels),
          histograms === undefined
            ? Array.from(values, (value) => Number(value.toPrecision(12)))
            : histograms.map((one) => one?.count),
        ]);
      };
      try {
        expect(await answer("sum by (job) (rate(requests_total[5m]))")).toEqual(
          ["api", "db", "web"].map((job) => {
            const perSecond = jobs.indexOf(job) + 1;
            return [`{job="${job}"}`, Array.from({ length: 6 }, () => perSecond)];
          }),
        );
        expect(await answer("max_over_time(requests_total{job=~'a.*'}[1m]) > 300")).toHaveLength(1);
        expect(await answer("latency offset 5m")).toEqual([["latency", [10, 10, 10, 10, 10, undefined]]]);
      } finally {
        await engine.close();
      }
    });
  });

  describe("native histograms", () => {
    it("come back as they were, joined with floats and staleness markers of the same series", async () => {
      const labels = series("latency", { job: "api" });
      const ref = stand.ref(labels);
      const plain = { series: ref, startMs: 0, isDelta: false };
      const custom = histogramOf(9, {
        schema: -53,
        customBounds: [0.1, 2.5],
        counterReset: "gauge",
        zeroThreshold: 0,
        negative: { indexes: new Int32Array(0), counts: new Float64Array(0) },
      });
      const histograms = [
        { ...plain, timeMs: now, histogram: histogramOf(10) },
        { ...plain, timeMs: now + 1_000, histogram: undefined },
        { ...plain, timeMs: now + 2_000, histogram: custom },
        { ...plain, timeMs: now + 4_000, histogram: undefined },
      ];
      await store({ histograms });
      await store({
        histograms: histograms.toReversed(),
        floats: [
          [labels, now + 2_000, "stale"],
          [labels, now + 3_000, 7],
          [series("latency"), now, 1],
        ],
      });
      await store({ histograms: [{ ...plain, timeMs: now + 4_000, histogram: histogramOf(8) }] });
      const found = await select(["__name__=latency"]);
      const raw = found.find((one) => one.labels.includes("api"))!;
      expect(raw.histograms).toEqual([histogramOf(10), undefined, custom, undefined, histogramOf(8)]);
      expect([...raw.stale!]).toEqual([0, 1, 0, 0, 0]);
      expect(raw.values[3]).toBe(7);
      const other = found.find((one) => !one.labels.includes("api"))!;
      expect(other.histograms).toBeUndefined();
      expect(await select(["__name__=latency", "job=api"], now + 2_500, now + 3_000)).toHaveLength(1);
    });
  });

  describe("matchers", () => {
    const all = [
      series("up", { job: "api", instance: "a:1" }),
      series("up", { job: "web", instance: "b:1" }),
      series("up", { instance: "c:1" }),
      series("up_total", { job: "api\nnew line" }),
      series("http_requests_total", { job: "api", code: "200" }),
      series("http_requests_total", { job: "", code: "500", "dotted.name": "火" }),
      series("", { job: "nameless" }),
    ];
    beforeEach(() => store({ floats: all.map((labels, i) => [labels, now, i] as const) }));

    it.each([
      [["__name__=up"]],
      [["__name__=~up.*"]],
      [["__name__=~up|http_requests_total", "job=api"]],
      [["__name__!=up", "job=~api.*"]],
      [["__name__!~up|x", "job!~api"]],
      [["job="]],
      [["job!="]],
      [["job=~.*"]],
      [["job=~.+"]],
      [["job!~.+"]],
      [["job!~.*"]],
      [["job=~api.new line"]],
      [["job=~(?i)API"]],
      [["job=~api|"]],
      [["job=~pi"]],
      [["dotted.name=~[火]"]],
      [["__name__=", "job=nameless"]],
      [["__name__=~http_.*_total", "code=~2..|5[0-9]+"]],
      [["code!=200", "__name__=~.+"]],
      [["job='; DROP TABLE series; --\\{x:String}"]],
    ])("%j select what they select in PromQL", async (texts) => {
      const passes = compileMatchers(texts.map(matcher));
      const names = (labels: readonly Labels[]): string[] => labels.map(labelsText).sort();
      expect(names((await select(texts)).map(({ labels }) => labels))).toEqual(names(all.filter(passes)));
    });
  });

  describe("functions over ranges", () => {
    const grid = (startMs: number, stepMs: number, steps: number): Grid => ({
      startMs,
      stepMs,
      steps,
      endMs: startMs + stepMs * (steps - 1),
    });
    const pushed = async (name: PushedFunction, texts: readonly string[], on: Grid, windowMs: number) => {
      const found = await reader.range!(
        {
          function: name,
          matchers: texts.map(matcher),
          fromMs: on.startMs - windowMs,
          toMs: on.endMs,
          grid: on,
          windowMs,
        },
        unlimited,
      );
      return found === undefined ? undefined : collect(found);
    };
    /** The same from raw samples. */
    const evaluated = (raw: RawSeries, name: PushedFunction, on: Grid, windowMs: number) =>
      Array.from({ length: on.steps }, (_, step) => {
        const endMs = on.startMs + step * on.stepMs;
        const rows = Array.from(raw.timesMs.keys()).filter(
          (i) => raw.timesMs[i]! > endMs - windowMs && raw.timesMs[i]! <= endMs && raw.stale?.[i] !== 1,
        );
        if (rows.length === 0) return undefined;
        const window = {
          timesMs: Float64Array.from(rows, (i) => raw.timesMs[i]!),
          values: Float64Array.from(rows, (i) => raw.values[i]!),
          histograms: undefined,
          from: 0,
          to: rows.length,
          startMs: endMs - windowMs,
          endMs,
        };
        const context = {
          scalars: [],
          atMs: endMs,
          metric: "m_total",
          annotations: createAnnotations(),
          range: { start: 0, end: 0 },
        };
        return RANGE_FUNCTIONS[name]!.evaluate(window, context);
      });

    const VALUE: fc.Arbitrary<SampleValue> = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 50 }) },
      { weight: 3, arbitrary: fc.integer({ min: -1e8, max: 1e8 }).map((cents) => cents / 100) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<SampleValue[]>("stale", Number.NaN, Infinity, -Infinity, 0, -0),
      },
    );
    const FUNCTIONS: readonly PushedFunction[] = [
      "rate",
      "increase",
      "delta",
      "irate",
      "idelta",
      "changes",
      "resets",
    ];

    it("are the same in the store and over the raw samples", async () => {
      const SERIES = fc.array(fc.tuple(fc.integer({ min: 0, max: 240 }), VALUE), { maxLength: 40 });
      const GRID = fc.record({
        offsetMs: fc.integer({ min: -60_000, max: 60_000 }),
        stepMs: fc.constantFrom(1, 500, 5_000, 15_000, 60_000, 300_000),
        steps: fc.integer({ min: 1, max: 40 }),
        windowMs: fc.constantFrom(1_000, 15_000, 30_500, 60_000, 300_000, 1_200_000),
      });
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(SERIES, { minLength: 1, maxLength: 30 }), GRID, async (all, shape) => {
          round += 1;
          const metric = `r${round}_total`;
          const floats = all.flatMap((samples, i) =>
            samples.map(
              ([at, value]) => [series(metric, { i: String(i) }), now + at * 5_000, value] as const,
            ),
          );
          // Different values for one time are compared elsewhere.
          const once = new Map(floats.map((row) => [`${labelsText(row[0])} ${row[1]}`, row]));
          await store({ floats: [...once.values()] });
          const on = grid(now + shape.offsetMs, shape.stepMs, shape.steps);
          const raw = await select([`__name__=${metric}`], on.startMs - shape.windowMs, on.endMs);
          for (const name of FUNCTIONS) {
            const found = await pushed(name, [`__name__=${metric}`], on, shape.windowMs);
            for (const one of raw) {
              const expected = evaluated(one, name, on, shape.windowMs);
              const own = found?.find(({ labels }) => labelsText(labels) === labelsText(one.labels));
              const actual = expected.map((_, step) =>
                own?.present[step] === 1 ? own.values[step] : undefined,
              );
              const problem = actual.findIndex((value, step) => !isClose(value, expected[step] as number));
              if (problem >= 0) {
                const what = {
                  name,
                  ...shape,
                  step: problem,
                  actual,
                  expected,
                  at: [...one.timesMs],
                  values: [...one.values],
                };
                throw new Error(inspect(what, { depth: 3, maxArrayLength: 50 }));
              }
            }
          }
        }),
        { numRuns: 15, endOnFailure: true },
      );
    }, 120_000);

    it("are left to the evaluator where there are histograms in range", async () => {
      const ref = stand.ref(series("h_total", { native: "1" }));
      await store({
        floats: [[series("h_total"), now, 1]],
        histograms: [{ series: ref, timeMs: now, histogram: histogramOf(10), startMs: 0, isDelta: false }],
      });
      expect(await pushed("rate", ["__name__=h_total"], grid(now, 1_000, 2), 60_000)).toBeUndefined();
      expect(await pushed("rate", ["__name__=h_total"], grid(now + 120_000, 1_000, 2), 60_000)).toEqual([]);
    });

    it("are left to the evaluator where an engine does not have them", async () => {
      const older = createSeriesReader((sql, params, signal) =>
        run(sql.replace("timeSeriesRateToGrid", "timeSeriesOfAnotherDay"), params, signal),
      );
      const request = { function: "rate", matchers: [matcher("__name__=up")], fromMs: 0, toMs: now } as const;
      expect(
        await older.range!({ ...request, grid: grid(now, 1_000, 1), windowMs: 60_000 }, unlimited),
      ).toBeUndefined();
    });
  });

  describe("limits", () => {
    const limited = (maxSeries: number, maxSamples: number): ReadBudget => {
      let readSeries = 0;
      let readSamples = 0;
      return {
        signal: never,
        series: (n) => {
          if ((readSeries += n) > maxSeries) throw new QueryError("too_large", "series");
        },
        samples: (n) => {
          if ((readSamples += n) > maxSamples) throw new QueryError("too_large", "samples");
        },
      };
    };

    it("of series and samples end a read", async () => {
      const floats = Array.from(
        { length: 100 },
        (_, i) => [series("up", { i: String(i % 10) }), now + i, i] as const,
      );
      await store({ floats });
      expect(await select(["__name__=up"], now - 1, now + 100, limited(10, 100))).toHaveLength(10);
      await expect(select(["__name__=up"], now - 1, now + 100, limited(9, 100))).rejects.toThrow("series");
      await expect(select(["__name__=up"], now - 1, now + 100, limited(10, 99))).rejects.toThrow("samples");
    });

    it("of time: a cancelled read ends at once", async () => {
      await store({ floats: [[series("up"), now, 1]] });
      const stop = new AbortController();
      const budget = { ...unlimited, signal: stop.signal };
      stop.abort();
      await expect(select(["__name__=up"], now - 1, now, budget)).rejects.toMatchObject({ kind: "canceled" });
      const slow = new AbortController();
      setTimeout(() => slow.abort(), 100);
      const start = Date.now();
      await expect(run("SELECT sleepEachRow(0.1) FROM numbers(20)", {}, slow.signal)).rejects.toMatchObject({
        kind: "canceled",
      });
      expect(Date.now() - start).toBeLessThan(1_000);
    });

    it("that the engine refuses are told as the query's error", async () => {
      await store({ floats: [[series("up"), now, 1]] });
      await expect(select(["__name__=~a("])).rejects.toMatchObject({ kind: "execution" });
    });
  });

  describe("what there is", () => {
    const day = { fromMs: now, toMs: now + DAY_MS - 1 };
    const selection = (selectors: readonly (readonly string[])[], limit = 1_000, range = day) => ({
      selectors: selectors.map((texts) => texts.map(matcher)),
      range,
      limit,
      signal: never,
    });
    beforeEach(async () => {
      await store({
        floats: [
          [series("up", { job: "api", Zone: "z" }), now, 1],
          [series("up", { job: "web" }), now, 1],
          [series("down", { job: "web", old: "1" }), now - 2 * DAY_MS, 1],
          [series("down", { job: "web" }), now, 1],
        ],
      });
    });

    it("is told as series, label names and label values, by day, selector and limit", async () => {
      const names = (found: readonly Labels[]): string[] => found.map(labelsText);
      const ofUp = ['up{Zone="z", job="api"}', 'up{job="web"}'];
      expect(names(await readSeriesLabels(run, selection([["__name__=up"]]))).sort()).toEqual(ofUp);
      const either = await readSeriesLabels(run, selection([["job=api"], ["__name__=down"]]));
      expect(names(either)).toEqual(['down{job="web"}', ofUp[0]]);
      expect(await readSeriesLabels(run, selection([["__name__=up"]], 1))).toHaveLength(1);
      expect(await readLabelNames(run, selection([]))).toEqual(["Zone", "__name__", "job"]);
      expect(await readLabelNames(run, selection([["__name__=down"]]))).toEqual(["__name__", "job"]);
      const before = { fromMs: now - 3 * DAY_MS, toMs: now - DAY_MS };
      expect(await readLabelNames(run, selection([], 100, before))).toEqual(["__name__", "job", "old"]);
      expect(await readLabelValues(run, "job", selection([]))).toEqual(["api", "web"]);
      expect(await readLabelValues(run, "job", selection([], 1))).toEqual(["api"]);
      expect(await readLabelValues(run, "__name__", selection([]))).toEqual(["down", "up"]);
      expect(await readLabelValues(run, "__name__", selection([["job=api"]]))).toEqual(["up"]);
      expect(await readLabelValues(run, "none", selection([]))).toEqual([]);
    });

    it("is told as metadata, the newest of a family", async () => {
      const one = { metric: "up", type: "gauge", unit: "", help: "1 when up" } as const;
      const other = { metric: "down", type: "counter", unit: "seconds", help: "quote '\\" } as const;
      await store({ metadata: [one, other] }, { metadata: [{ ...one, help: "first" }, one] });
      await store({ metadata: [one] });
      expect(await count("metric_metadata")).toBe(2);
      await store({ metadata: [{ ...one, help: "newer" }] });
      const all = await readMetadata(run, { metric: undefined, limit: 10, signal: never });
      expect(all).toEqual([other, { ...one, help: "newer" }]);
      expect(await readMetadata(run, { metric: undefined, limit: 1, signal: never })).toEqual([other]);
      expect(await readMetadata(run, { metric: "up", limit: 9, signal: never })).toHaveLength(1);
    });

    it("is told as exemplars, by series and in time order", async () => {
      const bucket = series("latency_bucket", { le: "0.1" });
      const exemplar = (timeMs: number, value: number, labels: Labels = ["trace_id", "ab"]) => ({
        series: stand.ref(bucket),
        timeMs,
        value,
        labels,
      });
      await store({ exemplars: [exemplar(now + 5, 0.05), exemplar(now, 0.01, [])] });
      await store({ exemplars: [exemplar(now + 5, 0.05)] });
      const found = await readExemplars(run, selection([["__name__=latency_bucket"]]));
      expect(found).toEqual([
        {
          series: bucket,
          exemplars: [
            { timeMs: now, value: 0.01, labels: [] },
            { timeMs: now + 5, value: 0.05, labels: ["trace_id", "ab"] },
          ],
        },
      ]);
      const later = { fromMs: now + 1, toMs: now + 10 };
      const [rest] = await readExemplars(run, selection([["le=0.1"]], 10, later));
      expect(rest?.exemplars).toHaveLength(1);
    });
  });
});

const isClose = (a: number | undefined, b: number | undefined): boolean => {
  if (a === undefined || b === undefined) return a === b;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
};
