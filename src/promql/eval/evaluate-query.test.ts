import { describe, expect, it } from "vitest";
import { labelsOf, labelsText, labelValue } from "../../model/labels.ts";
import { answerQuery } from "./answer-query.ts";
import type { QueryEnvironment } from "./evaluate-query.ts";
import { compileMatchers } from "../syntax/label-matcher.ts";
import { QueryError } from "../query-error.ts";
import type { QueryLimits, QueryOutcome, QueryRequest } from "../query-request.ts";
import { RANGE_FUNCTIONS } from "../functions/range-functions.ts";
import type { RangeRequest, SeriesReader } from "../series-reader.ts";
import type { GridSeries, RawSeries } from "../value.ts";

const LIMITS: QueryLimits = { maxSeries: 1000, maxSamples: 100_000, maxSteps: 11_000, maxPoints: 100_000 };
const MINUTE_MS = 60_000;

/** A counter that grows by `slope` a minute, one sample a minute from 0 to 60 min. */
function counter(slope: number, ...pairs: readonly (readonly [string, string])[]): RawSeries {
  return {
    labels: labelsOf(pairs),
    timesMs: Float64Array.from({ length: 61 }, (_, i) => i * MINUTE_MS),
    values: Float64Array.from({ length: 61 }, (_, i) => i * slope),
  };
}

function hits(count: number): readonly RawSeries[] {
  return Array.from({ length: count }, (_, i) =>
    counter(i + 1, ["__name__", "hits_total"], ["instance", String(i)], ["job", i % 2 === 0 ? "a" : "b"]),
  );
}

function readerOf(all: readonly RawSeries[]): SeriesReader {
  return {
    async *select({ matchers }, budget) {
      const matches = compileMatchers(matchers);
      for (const series of all) {
        if (!matches(series.labels)) continue;
        budget.series(1);
        budget.samples(series.timesMs.length);
        yield await Promise.resolve(series);
      }
    },
  };
}

function ask(
  query: string,
  environment: Partial<QueryEnvironment> & Pick<QueryEnvironment, "reader">,
  request: Partial<QueryRequest> = {},
): Promise<QueryOutcome> {
  return answerQuery(
    {
      query,
      instant: false,
      startMs: 10 * MINUTE_MS,
      endMs: 20 * MINUTE_MS,
      stepMs: MINUTE_MS,
      lookbackMs: 5 * MINUTE_MS,
      subqueryStepMs: MINUTE_MS,
      ...request,
    },
    { limits: LIMITS, signal: new AbortController().signal, ...environment },
  );
}

const INSTANT = { instant: true, startMs: 20 * MINUTE_MS };

function seriesOf(outcome: QueryOutcome): readonly GridSeries[] {
  if (outcome.kind !== "answered" || outcome.value.type !== "vector") {
    throw new Error(`no vector: ${JSON.stringify(outcome)}`);
  }
  return outcome.value.series;
}

function failureOf(outcome: QueryOutcome): string {
  return outcome.kind === "failed" ? `${outcome.error.kind}: ${outcome.error.message}` : outcome.kind;
}

describe("limits", () => {
  const reader = readerOf(hits(20));

  it("refuses more series than the limit", async () => {
    const outcome = await ask("sum(hits_total)", { reader, limits: { ...LIMITS, maxSeries: 19 } });
    expect(failureOf(outcome)).toBe(
      "too_large: query selects too many series (limit: 19, queries.maxSeries in noroshi.yaml)",
    );
    expect((await ask("sum(hits_total)", { reader, limits: { ...LIMITS, maxSeries: 20 } })).kind).toBe(
      "answered",
    );
  });

  it("refuses more samples than the limit", async () => {
    const outcome = await ask("sum(hits_total)", { reader, limits: { ...LIMITS, maxSamples: 20 * 61 - 1 } });
    expect(failureOf(outcome)).toMatch(/^too_large: query processing would load too many samples/);
  });

  it("refuses a subquery that computes more values than the limit of samples, before it takes memory for them", async () => {
    const outcome = await ask("max_over_time(vector(1)[30d:1ms])", { reader });
    expect(failureOf(outcome)).toMatch(/^too_large: query processing would load too many samples/);
  });

  it.each([
    "sum by (instance) (hits_total)",
    "quantile(0.5, hits_total)",
    "vector(1) * on () group_right () hits_total",
    "count_values('v', hits_total)",
    "topk by (instance) (1, hits_total)",
  ])("counts what %s must keep against the limit of samples", async (query) => {
    const limits = { ...LIMITS, maxSamples: 20 * 61 + 20 * 11 - 1 };
    expect(failureOf(await ask(query, { reader, limits }))).toMatch(/^too_large/);
    expect((await ask("sum by (job) (hits_total)", { reader, limits })).kind).toBe("answered");
  });

  it.each(["hits_total > 1e9 or hits_total", "topk(30, hits_total)"])(
    "counts the rows of the result of %s against the limit of samples, whether they have values or not",
    async (query) => {
      const limits = { ...LIMITS, maxSamples: 20 * 5_000 };
      const sparse = { startMs: 0, endMs: 10_000 * MINUTE_MS, stepMs: MINUTE_MS };
      expect(failureOf(await ask(query, { reader, limits }, sparse))).toMatch(/^too_large/);
    },
  );

  it.each([
    [
      "label_join",
      `${"label_join(".repeat(15)}hits_total${", 'job', '', 'job', 'job', 'job'".concat(")").repeat(15)}`,
    ],
    ["label_replace", `label_replace(hits_total, 'job', '${"$1".repeat(20_000)}', 'job', '(.*)')`],
  ])("refuses values of labels that %s makes too long", async (_, query) => {
    expect(failureOf(await ask(query, { reader }))).toMatch(
      /^too_large: the value made for label "job" is longer than/,
    );
  });

  it("refuses more steps than the limit, as Prometheus words it", async () => {
    const outcome = await ask("vector(1)", { reader }, { startMs: 0, endMs: 11_000, stepMs: 1 });
    expect(failureOf(outcome)).toBe(
      "too_large: exceeded maximum resolution of 11,000 points per timeseries. " +
        "Try decreasing the query resolution (?step=XX)",
    );
  });

  it("refuses more points than the limit in the result", async () => {
    const limits = { ...LIMITS, maxPoints: 20 * 11 - 1 };
    expect(failureOf(await ask("hits_total", { reader, limits }))).toMatch(
      /^too_large: the result of the query has too many points/,
    );
    expect((await ask("sum(hits_total)", { reader, limits })).kind).toBe("answered");
    expect(failureOf(await ask("hits_total[20m]", { reader, limits }, INSTANT))).toMatch(/^too_large/);
  });

  it("tells how much was read", async () => {
    const outcome = await ask("sum(hits_total) + sum(hits_total)", { reader });
    expect(outcome).toMatchObject({ stats: { seriesRead: 40, samplesRead: 40 * 61 } });
  });
});

describe("cancellation and time", () => {
  it("stops between series, and closes the reader", async () => {
    const controller = new AbortController();
    let given = 0;
    let closed = false;
    const reader: SeriesReader = {
      async *select() {
        try {
          for (const series of hits(20)) {
            if (++given === 5) controller.abort();
            yield await Promise.resolve(series);
          }
        } finally {
          closed = true;
        }
      },
    };
    const outcome = await ask("sum(rate(hits_total[5m]))", { reader, signal: controller.signal });
    expect(failureOf(outcome)).toBe("canceled: query was canceled in expression evaluation");
    expect([given, closed]).toEqual([5, true]);
  });

  it("fails with the reason of the signal when that is a QueryError", async () => {
    const signal = AbortSignal.abort(new QueryError("timeout", "query timed out in expression evaluation"));
    const outcome = await ask("vector(1)", { reader: readerOf([]), signal });
    expect(failureOf(outcome)).toBe("timeout: query timed out in expression evaluation");
  });

  it("asks between series whether there is time left", async () => {
    let asked = 0;
    const checkTime = (): void => {
      if (++asked > 10) throw new QueryError("timeout", "too slow");
    };
    const outcome = await ask("count(hits_total)", { reader: readerOf(hits(50)), checkTime });
    expect(failureOf(outcome)).toBe("timeout: too slow");
  });
});

describe("memory", () => {
  /** The most series that are held at a time between being given out and being collected is one ahead of the fold. */
  it.each(["sum by (job) (rate(hits_total[5m]))", "max(hits_total * 2) by (job)", "count(hits_total > 3)"])(
    "%s asks for the next series only when the last is folded in",
    async (query) => {
      const alive = new Set<number>();
      let most = 0;
      const reader: SeriesReader = {
        async *select() {
          for (const [i, series] of hits(100).entries()) {
            alive.add(i);
            most = Math.max(most, alive.size);
            yield await Promise.resolve(series);
            // Asked for the next one: the last is not needed any more.
            alive.delete(i);
          }
        },
      };
      expect(seriesOf(await ask(query, { reader })).length).toBeLessThanOrEqual(2);
      expect(most).toBe(1);
    },
  );
});

describe("push-down", () => {
  /** Computes range functions as a store would. */
  function pushing(all: readonly RawSeries[], asked: RangeRequest[]): SeriesReader {
    return {
      ...readerOf(all),
      range: (request) => {
        asked.push(request);
        return Promise.resolve(computed(all, request));
      },
    };
  }

  async function* computed(
    all: readonly RawSeries[],
    request: RangeRequest,
  ): AsyncGenerator<Pick<GridSeries, "labels" | "values" | "present">> {
    const annotations = { warn: () => undefined, info: () => undefined, list: () => [] };
    for (const series of all.filter(({ labels }) => compileMatchers(request.matchers)(labels))) {
      const values = new Float64Array(request.grid.steps);
      const present = new Uint8Array(request.grid.steps);
      for (let step = 0; step < request.grid.steps; step++) {
        const endMs = request.grid.startMs + step * request.grid.stepMs;
        const startMs = endMs - request.windowMs;
        const inside = (timeMs: number): boolean => timeMs > startMs && timeMs <= endMs;
        const from = series.timesMs.findIndex(inside);
        if (from < 0) continue;
        const to = series.timesMs.findLastIndex(inside) + 1;
        const value = RANGE_FUNCTIONS[request.function]!.evaluate(
          { timesMs: series.timesMs, values: series.values, histograms: undefined, from, to, startMs, endMs },
          { scalars: [], atMs: endMs, metric: "", annotations, range: { start: 0, end: 0 } },
        );
        if (typeof value !== "number") continue;
        values[step] = value;
        present[step] = 1;
      }
      yield await Promise.resolve({ labels: series.labels, values, present });
    }
  }

  it.each([
    "rate(hits_total[5m])",
    "increase(hits_total[5m] offset 3m)",
    "sum by (job) (irate(hits_total[5m]))",
    "delta(hits_total[7m] @ 900)",
    "changes(hits_total[5m]) + resets(hits_total[5m])",
    "max_over_time(rate(hits_total[5m])[4m:30s])",
  ])("gives for %s what the raw samples give", async (query) => {
    const asked: RangeRequest[] = [];
    const all = hits(5);
    const pushed = await ask(query, { reader: pushing(all, asked) });
    expect(asked.length).toBeGreaterThan(0);
    expect(pushed).toMatchObject({ kind: "answered" });
    const raw = await ask(query, { reader: readerOf(all) });
    expect({ ...pushed, stats: 0 }).toEqual({ ...raw, stats: 0 });
  });

  it("reads the raw samples where the store cannot compute", async () => {
    const reader = { ...readerOf(hits(3)), range: () => Promise.resolve(undefined) };
    expect(seriesOf(await ask("rate(hits_total[5m])", { reader }))).toHaveLength(3);
  });

  it("does not ask for functions that only the evaluator has, nor over subqueries", async () => {
    const asked: RangeRequest[] = [];
    const reader = pushing(hits(3), asked);
    await ask("max_over_time(hits_total[5m])", { reader });
    await ask("rate(hits_total[5m:1m])", { reader });
    expect(asked).toEqual([]);
  });

  it("tells of what is not named as a counter on either way", async () => {
    const gauge = [counter(1, ["__name__", "temperature"])];
    for (const reader of [readerOf(gauge), pushing(gauge, [])]) {
      const outcome = await ask("rate(temperature[5m])", { reader });
      expect(outcome).toMatchObject({
        annotations: [
          {
            level: "info",
            message:
              'metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "temperature"',
            range: { start: 5, end: 20 },
          },
        ],
      });
    }
  });
});

describe("results", () => {
  const reader = readerOf(hits(4));

  it("orders series by their labels, except where sort() or topk() of an instant query gave an order", async () => {
    const instances = async (query: string, request: Partial<QueryRequest>): Promise<string> =>
      seriesOf(await ask(query, { reader: readerOf(hits(4).toReversed()) }, request))
        .map(({ labels }) => labelValue(labels, "instance"))
        .join("");
    expect(await instances("hits_total", INSTANT)).toBe("0123");
    expect(await instances("sort_desc(hits_total)", INSTANT)).toBe("3210");
    expect(await instances("-sort_desc(hits_total)", INSTANT)).toBe("3210");
    expect(await instances("topk(3, hits_total)", INSTANT)).toBe("321");
    expect(await instances("sort_desc(hits_total)", {})).toBe("0123");
  });

  it("refuses a range query whose result is a range, as a fault of the query", async () => {
    expect(await ask("hits_total[5m]", { reader })).toMatchObject({
      kind: "invalid",
      error: {
        message: 'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
      },
    });
  });

  it("gives the samples of a range without staleness markers", async () => {
    const series = { ...hits(1)[0]!, stale: new Uint8Array(61).fill(1, 18, 20) };
    const outcome = await ask("hits_total[5m]", { reader: readerOf([series]) }, INSTANT);
    expect(outcome).toMatchObject({ value: { type: "matrix" } });
    if (outcome.kind !== "answered" || outcome.value.type !== "matrix") return;
    // The memory reader gives more than was asked for; a store gives (15 min, 20 min].
    const times = [...outcome.value.series[0]!.timesMs].map((timeMs) => timeMs / MINUTE_MS);
    expect(times).not.toContain(18);
    expect(times).toContain(20);
  });

  it("computes what stands under @ once", async () => {
    let reads = 0;
    const counting: SeriesReader = {
      select: (request, budget) => {
        reads++;
        expect(request.toMs - request.fromMs).toBe(5 * MINUTE_MS);
        return reader.select(request, budget);
      },
    };
    const [sum] = seriesOf(await ask("sum(hits_total @ end())", { reader: counting }));
    expect(reads).toBe(1);
    expect([...sum!.values]).toEqual(Array.from({ length: 11 }, () => 20 * (1 + 2 + 3 + 4)));
  });

  it("passes through what the reader throws besides QueryError", async () => {
    const broken: SeriesReader = {
      select: () => {
        throw new Error("no store");
      },
    };
    await expect(ask("hits_total", { reader: broken })).rejects.toThrow("no store");
  });

  it("names both series of an ambiguous match", async () => {
    const outcome = await ask("hits_total / on (job) hits_total", { reader });
    expect(failureOf(outcome)).toBe(
      'execution: found duplicate series for the match group {job="a"} on the right hand-side of the operation: ' +
        '[hits_total{instance="2", job="a"}, hits_total{instance="0", job="a"}];many-to-many matching not allowed: ' +
        "matching labels must be unique on one side",
    );
    const nothing = await ask("nothing / on (job) hits_total", { reader });
    expect(seriesOf(nothing)).toEqual([]);
    const grouped = await ask("hits_total * on (job) sum by (job) (hits_total)", { reader });
    expect(failureOf(grouped)).toBe(
      "execution: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
    );
  });
});

describe("info()", () => {
  const info = (version: string, instance: string): RawSeries => ({
    ...counter(0, ["__name__", "target_info"], ["instance", instance], ["job", "a"], ["version", version]),
  });
  const reader = readerOf([...hits(3), info("1.0", "0"), info("2.0", "2")]);
  const labels = async (query: string): Promise<readonly string[]> =>
    seriesOf(await ask(query, { reader }, INSTANT)).map((series) => labelsText(series.labels));

  it("adds the labels of target_info with the same instance and job", async () => {
    expect(await labels("info(hits_total)")).toEqual([
      'hits_total{instance="0", job="a", version="1.0"}',
      'hits_total{instance="1", job="b"}',
      'hits_total{instance="2", job="a", version="2.0"}',
    ]);
  });

  it("leaves out what a selector excludes", async () => {
    expect(await labels('info(hits_total, {version=~".+"})')).toEqual([
      'hits_total{instance="0", job="a", version="1.0"}',
      'hits_total{instance="2", job="a", version="2.0"}',
    ]);
  });
});
