import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sampleEpisode } from "../../alert/sample-episode.ts";
import { labelsOf } from "../../model/labels.ts";
import type { NativeHistogram } from "../../model/native-histogram.ts";
import { DAY_MS, durationMs, timestampMs } from "../../model/time.ts";
import type { Matcher } from "../../promql/ast.ts";
import { QueryError } from "../../promql/query-error.ts";
import type { QueryOutcome, QueryRequest, QueryValue } from "../../promql/query-request.ts";
import { SILENT_LOG } from "../../self/log.ts";
import { OCCURRENCES } from "../../slo/budgeting-method.ts";
import { defineTracesIndicator } from "../../slo/define-indicator.ts";
import { evaluateSlo } from "../../slo/evaluate-slo.ts";
import type { Slo } from "../../slo/slo.ts";
import { workbookAlerts } from "../../slo/workbook-tiers.ts";
import type { PrometheusPorts, SeriesSelection } from "./ports.ts";
import { createPrometheusRoutes } from "./prometheus-routes.ts";

const NOW = timestampMs(1_750_000_000_123);
const UP = labelsOf([
  ["__name__", "up"],
  ["job", "api"],
  ["path", 'a"b'],
]);

interface Asked {
  requests: QueryRequest[];
  selections: (SeriesSelection & { label?: string })[];
  signals: AbortSignal[];
}

function answered(
  value: QueryValue,
  changes: Partial<Extract<QueryOutcome, { kind: "answered" }>> = {},
): QueryOutcome {
  return { kind: "answered", value, annotations: [], stats: { seriesRead: 1, samplesRead: 7 }, ...changes };
}

/** One series, 1 2 3 … on the grid that is asked for. */
function rising(request: QueryRequest): QueryOutcome {
  const steps = Math.floor((request.endMs - request.startMs) / request.stepMs) + 1;
  const grid = { startMs: request.startMs, endMs: request.endMs, stepMs: request.stepMs, steps };
  const values = Float64Array.from({ length: steps }, (_, i) => i + 1);
  return answered({
    type: "vector",
    grid,
    series: [{ labels: UP, values, present: new Uint8Array(steps).fill(1) }],
  });
}

function setUp(
  outcome: (request: QueryRequest, signal: AbortSignal) => QueryOutcome | Promise<QueryOutcome> = rising,
  changes: Partial<PrometheusPorts> = {},
) {
  const asked: Asked = { requests: [], selections: [], signals: [] };
  const ports: PrometheusPorts = {
    runQuery: async (request, signal) => {
      asked.requests.push(request);
      asked.signals.push(signal);
      return outcome(request, signal);
    },
    series: async (selection) => {
      asked.selections.push(selection);
      return [UP, labelsOf([["__name__", "down"]])].slice(0, selection.limit);
    },
    labelNames: async (selection) => {
      asked.selections.push(selection);
      return ["__name__", "job", "path"].slice(0, selection.limit);
    },
    labelValues: async (label, selection) => {
      asked.selections.push({ ...selection, label });
      return ["api", "web"].slice(0, selection.limit);
    },
    metadata: async () => [
      { metric: "http_requests_total", type: "counter", unit: "", help: 'All "requests".' },
      { metric: "up", type: "gauge", unit: "", help: "" },
      { metric: "up", type: "unknown", unit: "s", help: "again" },
    ],
    exemplars: async (selection) => {
      asked.selections.push(selection);
      return [
        { series: UP, exemplars: [{ timeMs: 1_500, value: 0.25, labels: labelsOf([["trace_id", "abc"]]) }] },
      ];
    },
    rules: () => ({ slos: [sloView()], intervalSeconds: 2, evaluationSeconds: 0.01 }),
    now: () => NOW,
    version: "1.2.3",
    lookbackMs: 300_000,
    subqueryStepMs: 60_000,
    maxListed: 1_000,
    isStoreAway: () => false,
    log: SILENT_LOG,
    ...changes,
  };
  const app = createPrometheusRoutes(ports);
  const get = async (path: string): Promise<Answer> => read(await app.request(path));
  const post = async (path: string, form: Record<string, string> | [string, string][]): Promise<Answer> =>
    read(
      await app.request(path, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
        body: new URLSearchParams(form).toString(),
      }),
    );
  return { app, asked, get, post };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, unknown> & { readonly data?: unknown; readonly error?: string };
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  expect(response.headers.get("content-type")).toBe("application/json");
  return { status: response.status, text, body: JSON.parse(text) as Answer["body"] };
}

function slo(): Slo {
  const windowMs = durationMs(30 * DAY_MS);
  return {
    name: "payment-availability",
    displayName: "Payment availability",
    description: "",
    service: "payment",
    owner: undefined,
    runbookUrl: "https://runbooks.example/payment",
    labels: {},
    annotations: {},
    objectiveName: "",
    target: 0.999,
    window: { kind: "rolling", ms: windowMs },
    windowMs,
    method: OCCURRENCES,
    indicator: defineTracesIndicator({
      total: "{ kind = server }",
      outcome: "good",
      query: "{ status = ok }",
    }),
    alerts: workbookAlerts(windowMs, 0.999),
    minEvents: 1,
    location: { file: "specs/payment.yaml", line: 1, column: 1 },
  };
}

function sloView() {
  const one = slo();
  return {
    slo: one,
    verdict: evaluateSlo(one, () => ({ good: 950, total: 1_000 }), NOW),
    coveredFromMs: 0,
    openEpisodes: [sampleEpisode()],
  };
}

describe("what Grafana's data source asks", () => {
  it("gets a health check", async () => {
    const { asked, post, get } = setUp((request) =>
      answered({
        type: "scalar",
        grid: { startMs: request.startMs, endMs: request.endMs, stepMs: 1, steps: 1 },
        values: Float64Array.of(2),
      }),
    );
    const health = await post("/query", { query: "1+1", time: "1750000000.5" });
    expect(health.status).toBe(200);
    expect(health.text).toBe(
      '{"status":"success","data":{"resultType":"scalar","result":[1750000000.500,"2"]}}',
    );
    expect(asked.requests).toEqual([
      {
        query: "1+1",
        instant: true,
        startMs: 1_750_000_000_500,
        endMs: 1_750_000_000_500,
        stepMs: 1,
        lookbackMs: 300_000,
        subqueryStepMs: 60_000,
      },
    ]);
    const build = await get("/status/buildinfo");
    expect(build.body).toEqual({
      status: "success",
      data: {
        version: "3.5.0",
        revision: "noroshi-1.2.3",
        branch: "",
        buildUser: "",
        buildDate: "",
        goVersion: "",
      },
    });
  });

  it("gets a range", async () => {
    const { asked, post } = setUp();
    const answer = await post("/query_range", {
      query: 'rate(up{job="api"}[5m])',
      start: "1750000000",
      end: "1750000030",
      step: "15",
      timeout: "30s",
    });
    expect(answer.text).toBe(
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"api","path":"a\\"b"},' +
        '"values":[[1750000000,"1"],[1750000015,"2"],[1750000030,"3"]]}]}}',
    );
    expect(asked.requests[0]).toMatchObject({
      instant: false,
      startMs: 1_750_000_000_000,
      endMs: 1_750_000_030_000,
      stepMs: 15_000,
    });
  });

  it("gets label names, values and series", async () => {
    const { asked, post, get } = setUp();
    const form = { "match[]": 'up{job=~"a.*"}', start: "1749996400", end: "1750000000" };
    expect((await post("/labels", form)).body).toEqual({
      status: "success",
      data: ["__name__", "job", "path"],
    });
    expect((await get("/label/job/values?match%5B%5D=up&start=1&end=2")).body).toEqual({
      status: "success",
      data: ["api", "web"],
    });
    expect((await get("/label/__name__/values")).body).toMatchObject({ status: "success" });
    expect(
      (
        await post("/series", [
          ["match[]", "up"],
          ["match[]", "down"],
        ])
      ).body,
    ).toEqual({
      status: "success",
      data: [{ __name__: "down" }, { __name__: "up", job: "api", path: 'a"b' }],
    });
    const name = (value: string): Matcher => ({ label: "__name__", operator: "=", value });
    expect(asked.selections).toMatchObject([
      {
        selectors: [[name("up"), { label: "job", operator: "=~", value: "a.*" }]],
        range: { fromMs: 1_749_996_400_000, toMs: 1_750_000_000_000 },
      },
      { label: "job", selectors: [[name("up")]], range: { fromMs: 1_000, toMs: 2_000 } },
      { label: "__name__", selectors: [] },
      { selectors: [[name("up")], [name("down")]] },
    ]);
  });

  it("gets metadata", async () => {
    const { get } = setUp();
    expect((await get("/metadata")).body).toEqual({
      status: "success",
      data: {
        http_requests_total: [{ type: "counter", help: 'All "requests".', unit: "" }],
        up: [
          { type: "gauge", help: "", unit: "" },
          { type: "unknown", help: "again", unit: "s" },
        ],
      },
    });
    expect((await get("/metadata?limit=1")).body.data).toHaveProperty("http_requests_total");
    expect((await get("/metadata?limit=1")).body.data).not.toHaveProperty("up");
    expect((await get("/metadata?limit_per_metric=1")).body.data).toMatchObject({ up: [{ type: "gauge" }] });
    expect((await get("/metadata?limit=x")).body).toEqual({
      status: "error",
      errorType: "bad_data",
      error: "limit must be a number",
    });
  });

  it("gets exemplars of every selector", async () => {
    const { asked, post } = setUp();
    const answer = await post("/query_exemplars", {
      query: "histogram_quantile(0.9, rate(a_bucket[5m])) / topk(scalar(b), c @ 5)",
      start: "1",
      end: "2",
    });
    expect(answer.text).toBe(
      '{"status":"success","data":[{"seriesLabels":{"__name__":"up","job":"api","path":"a\\"b"},' +
        '"exemplars":[{"labels":{"trace_id":"abc"},"value":"0.25","timestamp":1.500}]}]}',
    );
    expect(asked.selections[0]?.selectors.map((matchers) => matchers[0]?.value)).toEqual([
      "a_bucket",
      "b",
      "c",
    ]);
    expect((await post("/query_exemplars", { query: "1" })).body).toEqual({ status: "success", data: [] });
  });

  it("gets rules and alerts", async () => {
    const { get } = setUp();
    const { body } = await get("/rules");
    expect(body).toMatchObject({
      status: "success",
      data: {
        groups: [
          {
            name: "payment-availability",
            file: "specs/payment.yaml",
            interval: 2,
            limit: 0,
            evaluationTime: 0.01,
            lastEvaluation: "2025-06-15T15:06:40.123Z",
          },
        ],
      },
    });
    const rules = (body.data as { groups: [{ rules: Record<string, unknown>[] }] }).groups[0].rules;
    const alert = {
      labels: {
        alertname: "payment-availability:page-quick",
        severity: "critical",
        slo: "payment-availability",
        service: "payment",
        tier: "page-quick",
      },
      annotations: {
        summary: "Payment availability: error budget burning 14.4x too fast over 1h and 5m",
        runbook_url: "https://runbooks.example/payment",
      },
      state: "firing",
      activeAt: "2025-06-15T15:06:40.000Z",
      value: "5e+01",
    };
    expect(rules[0]).toEqual({
      type: "alerting",
      state: "firing",
      name: "payment-availability:page-quick",
      query:
        'noroshi_slo_burn_rate{slo="payment-availability", window="1h"} > 14.4 and ignoring (window) ' +
        'noroshi_slo_burn_rate{slo="payment-availability", window="5m"} > 14.4',
      duration: 0,
      keepFiringFor: 150,
      labels: {
        severity: "critical",
        slo: "payment-availability",
        service: "payment",
        tier: "page-quick",
      },
      annotations: alert.annotations,
      alerts: [alert],
      health: "ok",
      evaluationTime: 0.01,
      lastEvaluation: "2025-06-15T15:06:40.123Z",
    });
    expect(rules.slice(1, 4)).toMatchObject([
      { state: "inactive" },
      { state: "inactive" },
      { state: "inactive" },
    ]);
    expect(rules[4]).toMatchObject({ type: "recording", name: "noroshi_slo_objective_ratio", health: "ok" });
    expect((await get("/alerts")).body).toEqual({ status: "success", data: { alerts: [alert] } });
  });
});

describe("rules", () => {
  const names = (body: Answer["body"]): string[] =>
    (body.data as { groups: { rules: { name: string }[] }[] }).groups.flatMap(({ rules }) =>
      rules.map(({ name }) => name),
    );

  it("are filtered by type, name, group and file", async () => {
    const { get } = setUp();
    expect(new Set(names((await get("/rules?type=alert")).body))).toEqual(
      new Set(
        ["page-quick", "page-slow", "ticket-quick", "ticket-slow"].map(
          (tier) => `payment-availability:${tier}`,
        ),
      ),
    );
    expect(names((await get("/rules?type=record")).body)).toContain("slo:sli_error:ratio_rate5m");
    expect(names((await get("/rules?rule_name[]=payment-availability:page-slow")).body)).toEqual([
      "payment-availability:page-slow",
    ]);
    expect(names((await get("/rules?rule_group[]=payment-availability")).body)).not.toEqual([]);
    expect((await get("/rules?rule_group[]=other")).body.data).toEqual({ groups: [] });
    expect((await get("/rules?file[]=other.yaml")).body.data).toEqual({ groups: [] });
    expect((await get("/rules?type=alert&exclude_alerts=true")).text).not.toContain("alertname");
    expect((await get("/rules?type=x")).body).toEqual({
      status: "error",
      errorType: "bad_data",
      error: 'invalid parameter "type": not supported value "x"',
    });
  });

  it("have queries that parse", async () => {
    const { get } = setUp();
    const { body } = await get("/rules");
    const rules = (body.data as { groups: { rules: { query: string }[] }[] }).groups.flatMap(
      (group) => group.rules,
    );
    for (const { query } of rules) {
      expect((await get(`/format_query?query=${encodeURIComponent(query)}`)).body["status"], query).toBe(
        "success",
      );
    }
  });

  it("of an SLO that was never judged are inactive and of unknown health", async () => {
    const { get } = setUp(rising, {
      rules: () => ({
        slos: [{ slo: slo(), verdict: undefined, coveredFromMs: undefined, openEpisodes: [] }],
        intervalSeconds: 2,
        evaluationSeconds: 0,
      }),
    });
    expect((await get("/rules?type=alert")).body.data).toMatchObject({
      groups: [
        {
          lastEvaluation: "0001-01-01T00:00:00Z",
          rules: [{ state: "inactive", health: "unknown", alerts: [] }, {}, {}, {}],
        },
      ],
    });
  });
});

const HISTOGRAM: NativeHistogram = {
  schema: 0,
  count: 10,
  sum: 12.5,
  zeroThreshold: 0.001,
  zeroCount: 2,
  positive: { indexes: Int32Array.of(0, 2), counts: Float64Array.of(3, 4) },
  negative: { indexes: Int32Array.of(1), counts: Float64Array.of(1) },
  customBounds: [],
  counterReset: "unknown",
};
const HISTOGRAM_JSON = {
  count: "10",
  sum: "12.5",
  buckets: [
    [1, "-2", "-1", "1"],
    [3, "-0.001", "0.001", "2"],
    [0, "0.5", "1", "3"],
    [0, "2", "4", "4"],
  ],
};

describe("results", () => {
  const grid = (startMs: number, steps: number) => ({
    startMs,
    endMs: startMs + (steps - 1) * 1_000,
    stepMs: 1_000,
    steps,
  });

  it.each([
    [1e21, "1000000000000000000000"],
    [1.5e300, `15${"0".repeat(299)}`],
    [1e-7, "0.0000001"],
    [0.1, "0.1"],
    [-0, "-0"],
    [0, "0"],
    [Number.NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [123456789.125, "123456789.125"],
    [5e-324, `0.${"0".repeat(323)}5`],
  ])("print %d as Go does", async (value, text) => {
    const { get } = setUp(() =>
      answered({ type: "scalar", grid: grid(0, 1), values: Float64Array.of(value) }),
    );
    expect((await get("/query?query=1&time=0")).body.data).toEqual({
      resultType: "scalar",
      result: [0, text],
    });
  });

  it.each([
    [1e21, "1e+21"],
    [-1.5e300, "-1.5e+300"],
    [1e-7, "1e-07"],
    [5e-324, "5e-324"],
    [1e20, "100000000000000000000"],
    [1e-6, "0.000001"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [-Infinity, "-Inf"],
  ])("print %d in a series as Prometheus does, which differs from scalars", async (value, text) => {
    const series = [{ labels: UP, values: Float64Array.of(value), present: Uint8Array.of(1) }];
    const { get } = setUp(() => answered({ type: "vector", grid: grid(0, 1), series }));
    expect((await get("/query?query=up&time=0")).body.data).toMatchObject({ result: [{ value: [0, text] }] });
  });

  describe("that are long", () => {
    const many = (count: number) =>
      answered({
        type: "vector",
        grid: grid(0, 100),
        series: Array.from({ length: count }, (_, i) => ({
          labels: labelsOf([["i", String(i)]]),
          values: new Float64Array(100).fill(i),
          present: new Uint8Array(100).fill(1),
        })),
      });
    const RANGE = "/query_range?query=up&start=0&end=99&step=1";

    it("let others have their turn, and tell at their end that they were cut off", async () => {
      const { app } = setUp(() => many(4_000));
      const response = await app.request(`${RANGE}&limit=3999`);
      let longestMs = 0;
      let lastMs = performance.now();
      const timer = setInterval(() => {
        longestMs = Math.max(longestMs, performance.now() - lastMs);
        lastMs = performance.now();
      }, 1);
      const text = await response.text();
      clearInterval(timer);
      const body = JSON.parse(text) as { data: { result: unknown[] }; warnings: string[] };
      expect(text.length).toBeGreaterThan(4_000_000);
      expect(body.data.result).toHaveLength(3_999);
      expect(body.warnings).toEqual(["results truncated due to limit"]);
      expect(longestMs).toBeLessThan(200);
    });

    it.each([5, 70, 2_000])(
      "are the same compressed, where the client takes that: %d series",
      async (count) => {
        const { app } = setUp(() => many(count));
        const plain = await app.request(RANGE);
        const zipped = await app.request(RANGE, { headers: { "accept-encoding": "deflate, gzip;q=0.5" } });
        expect(plain.headers.get("content-encoding")).toBeNull();
        expect(zipped.headers.get("content-encoding")).toBe("gzip");
        const text = await plain.text();
        const bytes = Buffer.from(await zipped.arrayBuffer());
        expect(bytes.length).toBeLessThan(text.length / 2);
        expect(gunzipSync(bytes).toString()).toBe(text);
      },
    );

    it.each(["gzip;q=0", "br", "gzip; q=0.0"])(
      "are not compressed for %s, nor when short",
      async (coding) => {
        const headers = { "accept-encoding": coding };
        const { app } = setUp(() => many(50));
        expect((await app.request(RANGE, { headers })).headers.get("content-encoding")).toBeNull();
        const short = await app.request("/alerts", { headers: { "accept-encoding": "gzip" } });
        expect(short.headers.get("content-encoding")).toBeNull();
      },
    );
  });

  it("are vectors of values and histograms, without those that have none", async () => {
    const { get } = setUp(() =>
      answered({
        type: "vector",
        grid: grid(1_500, 1),
        series: [
          { labels: UP, values: Float64Array.of(3), present: Uint8Array.of(0) },
          { labels: [], values: Float64Array.of(4), present: Uint8Array.of(1) },
          {
            labels: UP,
            values: Float64Array.of(0),
            present: Uint8Array.of(1),
            histograms: [HISTOGRAM],
            dropName: true,
          },
        ],
      }),
    );
    expect((await get("/query?query=up")).body.data).toEqual({
      resultType: "vector",
      result: [
        { metric: {}, value: [1.5, "4"] },
        { metric: { job: "api", path: 'a"b' }, histogram: [1.5, HISTOGRAM_JSON] },
      ],
    });
  });

  it("are matrices of values and histograms", async () => {
    const { get } = setUp(() =>
      answered({
        type: "vector",
        grid: grid(-1_000, 3),
        series: [
          {
            labels: UP,
            values: Float64Array.of(1, 0, 2),
            present: Uint8Array.of(1, 1, 0),
            histograms: [undefined, HISTOGRAM, undefined],
          },
        ],
      }),
    );
    expect((await get("/query_range?query=up&start=-1&end=1&step=1")).body.data).toEqual({
      resultType: "matrix",
      result: [
        {
          metric: { __name__: "up", job: "api", path: 'a"b' },
          values: [[-1, "1"]],
          histograms: [[0, HISTOGRAM_JSON]],
        },
      ],
    });
  });

  it("are raw samples of an instant query of a range", async () => {
    const { get } = setUp(() =>
      answered({
        type: "matrix",
        series: [
          {
            labels: UP,
            timesMs: Float64Array.of(1_000, 2_001, 3_000),
            values: Float64Array.of(1, 2, 3),
            stale: Uint8Array.of(0, 0, 1),
          },
          { labels: [], timesMs: Float64Array.of(), values: Float64Array.of() },
        ],
      }),
    );
    expect((await get("/query?query=up[5m]")).text).toContain(
      '"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"api","path":"a\\"b"},"values":[[1,"1"],[2.001,"2"]]}]',
    );
  });

  it("are strings", async () => {
    const { get } = setUp(() => answered({ type: "string", value: 'a"', atMs: 1 }));
    expect((await get("/query?query='x'")).body.data).toEqual({
      resultType: "string",
      result: [0.001, 'a"'],
    });
  });

  it("of a range query of a scalar are one series without labels", async () => {
    const { get } = setUp(() =>
      answered({ type: "scalar", grid: grid(0, 2), values: Float64Array.of(5, 6) }),
    );
    expect((await get("/query_range?query=time()&start=0&end=1&step=1s")).body.data).toEqual({
      resultType: "matrix",
      result: [
        {
          metric: {},
          values: [
            [0, "5"],
            [1, "6"],
          ],
        },
      ],
    });
  });

  it("come with warnings and infos, worded and placed as Prometheus does", async () => {
    const query = "rate(up[5m])\n  + quantile(2, up)";
    const { get } = setUp(() =>
      answered(
        { type: "vector", grid: grid(0, 1), series: [] },
        {
          annotations: [
            { level: "info", message: "metric might not be a counter", range: { start: 5, end: 11 } },
            {
              level: "warning",
              message: "quantile value should be between 0 and 1, got 2",
              range: { start: 26, end: 27 },
            },
            { level: "warning", message: "of no place", range: undefined },
          ],
        },
      ),
    );
    expect((await get(`/query?query=${encodeURIComponent(query)}`)).body).toEqual({
      status: "success",
      data: { resultType: "vector", result: [] },
      warnings: [
        "PromQL warning: quantile value should be between 0 and 1, got 2 (2:14)",
        "PromQL warning: of no place",
      ],
      infos: ["PromQL info: metric might not be a counter (1:6)"],
    });
  });

  it("name ten warnings and count the rest", async () => {
    const annotations = Array.from({ length: 13 }, (_, i) => ({
      level: "warning" as const,
      message: `w${i}`,
      range: undefined,
    }));
    const { get } = setUp(() => answered({ type: "vector", grid: grid(0, 1), series: [] }, { annotations }));
    const { warnings } = (await get("/query?query=up")).body as { warnings?: string[] };
    expect(warnings).toHaveLength(11);
    expect(warnings?.[10]).toBe("3 more warning annotations omitted");
  });

  it("are cut off at the limit, which is told", async () => {
    const { get } = setUp((request) => {
      const outcome = rising(request);
      if (outcome.kind !== "answered" || outcome.value.type !== "vector") return outcome;
      const [one] = outcome.value.series;
      return answered({ ...outcome.value, series: [one!, one!, one!] });
    });
    const cut = await get("/query?query=up&limit=2");
    expect(cut.body).toMatchObject({ warnings: ["results truncated due to limit"] });
    expect((cut.body.data as { result: unknown[] }).result).toHaveLength(2);
    expect((await get("/query?query=up&limit=3")).body).not.toHaveProperty("warnings");
    expect((await get("/query?query=up&limit=0")).body).not.toHaveProperty("warnings");
    expect((await get("/series?match[]=up&limit=1")).body).toMatchObject({
      data: [{}],
      warnings: ["results truncated due to limit"],
    });
    expect((await get("/labels?limit=3")).body).not.toHaveProperty("warnings");
  });

  it("tell what was read where stats are asked for", async () => {
    const { get } = setUp();
    expect((await get("/query?query=up&stats=all")).body.data).toMatchObject({
      stats: { samples: { totalQueryableSamples: 7, peakSamples: 7 }, timings: {} },
    });
  });

  it("of a million points take no long", async () => {
    const { app } = setUp((request) => {
      const outcome = rising(request);
      if (outcome.kind !== "answered" || outcome.value.type !== "vector") return outcome;
      const [one] = outcome.value.series;
      const values = one!.values.map((value) => value / 7);
      return answered({ ...outcome.value, series: Array.from({ length: 100 }, () => ({ ...one!, values })) });
    });
    const begun = performance.now();
    const response = await app.request("/query_range?query=up&start=0&end=9999&step=1");
    const text = await response.text();
    expect(text.length).toBeGreaterThan(20_000_000);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe("parameters", () => {
  it.each([
    ["1750000000", 1_750_000_000_000],
    ["1750000000.1239", 1_750_000_000_124],
    ["1.75e9", 1_750_000_000_000],
    ["-5.5", -5_500],
    ["2025-06-15T15:06:40Z", 1_750_000_000_000],
    ["2025-06-15T17:06:40.5%2B02:00", 1_750_000_000_500],
    ["2025-06-15T15:06:40.123456789Z", 1_750_000_000_123],
    ["", 1_750_000_000_123],
  ])("time=%s", async (text, startMs) => {
    const { asked, get } = setUp();
    expect((await get(`/query?query=up&time=${text}`)).status).toBe(200);
    expect(asked.requests[0]).toMatchObject({ startMs, endMs: startMs });
  });

  it.each([
    ["15", 15_000],
    ["0.5", 500],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1e2", 100_000],
  ])("step=%s", async (text, stepMs) => {
    const { asked, get } = setUp();
    expect((await get(`/query_range?query=up&start=0&end=10&step=${text}`)).status).toBe(200);
    expect(asked.requests[0]).toMatchObject({ stepMs });
  });

  it("of a form count before those of the URL", async () => {
    const { asked, post } = setUp();
    await post("/query?query=down&time=7", { query: "up" });
    expect(asked.requests[0]).toMatchObject({ query: "up", startMs: 7_000 });
  });

  it("set the look-back", async () => {
    const { asked, get } = setUp();
    await get("/query?query=up&lookback_delta=30s");
    expect(asked.requests[0]).toMatchObject({ lookbackMs: 30_000 });
  });

  it("take Go's first and last time for ever since and for ever", async () => {
    const { asked, get } = setUp();
    const range = "start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54.999999999Z";
    expect((await get(`/labels?${range}`)).status).toBe(200);
    expect(asked.selections[0]?.range).toEqual({ fromMs: -8.64e15, toMs: 8.64e15 });
  });

  it("name labels in the encoding for other characters", async () => {
    const { asked, get } = setUp();
    for (const name of [
      "U__http_2e_status__code",
      "job",
      "http.status_code",
      "U__a_1F600_b",
      "U__a_x",
      "U___5f_",
    ]) {
      expect((await get(`/label/${name}/values`)).status).toBe(200);
    }
    expect(asked.selections.map(({ label }) => label)).toEqual([
      "http.status_code",
      "job",
      "http.status_code",
      "a😀b",
      "U__a_x",
      "_",
    ]);
  });
});

describe("errors", () => {
  it.each([
    ["/query", 'invalid parameter "query": 1:1: parse error: no expression found in input'],
    [
      "/query?query=up%20and%0A%201",
      /^invalid parameter "query": 1:1: parse error: set operator "and" not allowed/,
    ],
    [
      "/query?query=up%0A%20%2B%20rate(up)",
      /^invalid parameter "query": 2:9: parse error: expected type range vector/,
    ],
    [
      "/query?query=up&time=x",
      `invalid parameter "time": Invalid time value for 'time': cannot parse "x" to a valid timestamp`,
    ],
    ["/query?query=up&timeout=x", 'invalid parameter "timeout": cannot parse "x" to a valid duration'],
    ["/query?query=up&limit=-1", 'invalid parameter "limit": limit must be non-negative'],
    ["/query_range?query=up", 'invalid parameter "start": cannot parse "" to a valid timestamp'],
    [
      "/query_range?query=up&start=5&end=4&step=1",
      'invalid parameter "end": end timestamp must not be before start time',
    ],
    ["/query_range?query=up&start=1&end=4", 'invalid parameter "step": cannot parse "" to a valid duration'],
    [
      "/query_range?query=up&start=1&end=4&step=x",
      'invalid parameter "step": cannot parse "x" to a valid duration',
    ],
    [
      "/query_range?query=up&start=1&end=4&step=0",
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    ],
    [
      "/query_range?query=up&start=0&end=11001&step=1",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    ],
    [
      "/query_range?query=up[5m]&start=0&end=1&step=1",
      'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    ],
    ["/series", "no match[] parameter provided"],
    ["/series?match[]=up[", 'invalid parameter "match[]": 1:3: parse error: unexpected "["'],
    [
      "/series?match[]={}",
      'invalid parameter "match[]": match[] must contain at least one non-empty matcher',
    ],
    ["/labels?match[]=rate(up)", /^invalid parameter "match\[\]": 1:5: parse error: unexpected "\("/],
    ["/labels?start=5&end=3", 'invalid parameter "end": end timestamp must not be before start timestamp'],
    ["/label/job/values?match[]={a=", /^invalid parameter "match\[\]": /],
    ["/query_exemplars?query=up[", /^invalid parameter "query": /],
    ["/format_query?query=sum(", /^invalid parameter "query": /],
  ])("%s is bad data", async (path, message) => {
    const { asked, get } = setUp();
    const { status, body } = await get(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ status: "error", errorType: "bad_data" });
    if (typeof message === "string") expect(body.error).toBe(message);
    else expect(body.error).toMatch(message);
    expect(asked.requests).toEqual([]);
  });

  it.each([
    ["execution", 422, "execution"],
    ["too_large", 422, "execution"],
    ["timeout", 503, "timeout"],
    ["canceled", 503, "canceled"],
    ["unavailable", 503, "unavailable"],
  ] as const)("a query that fails with %s", async (kind, status, errorType) => {
    const { get } = setUp(() => ({ kind: "failed", error: { kind, message: "because" } }));
    const answer = await get("/query?query=up");
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ status: "error", errorType, error: "because" });
  });

  it("a query that only the evaluator finds invalid", async () => {
    const { get } = setUp(() => ({ kind: "invalid", error: { message: "no", range: { start: 1, end: 2 } } }));
    expect((await get("/query?query=up")).body.error).toBe('invalid parameter "query": 1:2: parse error: no');
  });

  it("ends a query after the timeout of its client", async () => {
    const { get } = setUp(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () =>
            resolve({ kind: "failed", error: { kind: "canceled", message: "query was canceled" } }),
          );
        }),
    );
    const answer = await get("/query?query=up&timeout=20ms");
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ errorType: "timeout" });
  });

  it("ends a query when its client goes away", async () => {
    const { app, asked } = setUp(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () =>
            resolve({ kind: "failed", error: { kind: "canceled", message: "query was canceled" } }),
          );
        }),
    );
    const client = new AbortController();
    const pending = app.request(new Request("http://localhost/query?query=up", { signal: client.signal }));
    setTimeout(() => client.abort(), 10);
    const response = await pending;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ errorType: "canceled" });
    expect(asked.signals[0]?.aborted).toBe(true);
  });

  it("of a store tell nothing of the cause", async () => {
    const failing = (failure: Error, isStoreAway: boolean) =>
      setUp(rising, {
        series: async () => {
          throw failure;
        },
        isStoreAway: () => isStoreAway,
      });
    const secret = new Error("password=planted-secret");
    const internal = await failing(secret, false).get("/series?match[]=up");
    expect(internal.status).toBe(500);
    expect(internal.body).toMatchObject({ status: "error", errorType: "internal" });
    expect(internal.text).not.toContain("secret");
    const away = await failing(secret, true).get("/series?match[]=up");
    expect(away.status).toBe(503);
    expect(away.body).toMatchObject({ status: "error", errorType: "unavailable" });
    const large = await failing(new QueryError("too_large", "too many series"), false).get(
      "/series?match[]=up",
    );
    expect(large.status).toBe(422);
    expect(large.body).toMatchObject({ errorType: "execution", error: "too many series" });
  });

  it("refuses a form beyond a mebibyte", async () => {
    const { post } = setUp();
    const answer = await post("/query", { query: `up + ${"x".repeat(1_100_000)}` });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errorType: "bad_data" });
  });
});

describe("what is not served", () => {
  it.each(["/nothing", "/status/config", "/label//values", "/admin/tsdb/snapshot"])(
    "%s is told in the envelope that clients understand",
    async (path) => {
      expect(await setUp().get(path)).toMatchObject({
        status: 404,
        body: { status: "error", errorType: "not_found" },
      });
    },
  );

  it.each(["/label/job/values", "/metadata", "/rules"])(
    "a POST of %s is answered so that Grafana asks again with GET",
    async (path) => {
      expect(await setUp().post(path, {})).toMatchObject({
        status: 405,
        body: { status: "error", errorType: "bad_data" },
      });
    },
  );

  it("a query too long to be told its fault at once is told where it is computed", async () => {
    const query = `${"up + ".repeat(5_000)})`;
    const { post, asked } = setUp(() => ({
      kind: "invalid",
      error: { message: "unexpected )", range: { start: 2, end: 3 } },
    }));
    const answer = await post("/query", { query });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid parameter "query": 1:3: parse error: unexpected )' },
    });
    expect(asked.requests).toHaveLength(1);
  });
});

describe("match[] that would take long to understand", () => {
  it.each([
    ["a long pattern", [`up{a=~"${"(ab.d)|".repeat(30_000)}x"}`]],
    ["many patterns", Array.from({ length: 3_000 }, (_, i) => `up{a=~"x.*y${i}(a|b)"}`)],
    ["many repeats", [`up{${'a=~"x{900}y",'.repeat(10)}}`]],
  ])("is refused at once: %s", async (_, matches) => {
    const beganMs = performance.now();
    const answer = await setUp().post(
      "/series",
      matches.map((match) => ["match[]", match]),
    );
    expect(answer).toMatchObject({ status: 400, body: { errorType: "bad_data" } });
    expect(performance.now() - beganMs).toBeLessThan(300);
  });

  it.each(["/format_query", "/query_exemplars"])("is refused as a query of %s too", async (path) => {
    const query = `up{${'a=~"x{900}y",'.repeat(500)}}`;
    expect((await setUp().post(path, { query })).status).toBe(400);
  });

  it("is taken where it lists many values, as Grafana does", async () => {
    const hosts = Array.from({ length: 10_000 }, (_, i) => `host-${i}\\\\.example\\\\.com`).join("|");
    const beganMs = performance.now();
    const { status } = await setUp().post("/series", { "match[]": `up{a=~"(${hosts})",b=~".*"}` });
    expect(status).toBe(200);
    expect(performance.now() - beganMs).toBeLessThan(500);
  });

  it.each([
    ["a=~'x*|y'", 400],
    ["a=~'(x|)'", 400],
    ["a=~'x?y*'", 400],
    ["a!~'x+'", 400],
    ["a=~'x+'", 200],
    ["a!~'x*'", 200],
  ])("must ask for something: {%s}", async (matcher, status) => {
    expect((await setUp().post("/series", { "match[]": `{${matcher}}` })).status).toBe(status);
  });
});
