import { Counter, Gauge, Histogram, Registry, Summary } from "prom-client";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelsOf, labelsText } from "../../model/labels.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { parseExposition } from "./parse-exposition.ts";
import { readSeries } from "./series-text.ts";

interface Read {
  readonly problem: string | undefined;
  readonly samples: [series: string, value: number, timeMs: number | undefined][];
  readonly exemplars: [labels: string, value: number, timeMs: number | undefined][];
  readonly metadata: string[];
}

async function read(text: string, format: ExpositionFormat = "prometheus"): Promise<Read> {
  const samples: Read["samples"] = [];
  const exemplars: Read["exemplars"] = [];
  const metadata: string[] = [];
  const parsed = await parseExposition(text, format, {
    sample: (series, value, timeMs) => samples.push([labelsText(readSeries(series)), value, timeMs]),
    exemplar: (labels, value, timeMs) => exemplars.push([labelsText(labels), value, timeMs]),
    type: (metric, type) => metadata.push(`type ${metric} ${type}`),
    help: (metric, help) => metadata.push(`help ${metric} ${help}`),
    unit: (metric, unit) => metadata.push(`unit ${metric} ${unit}`),
  });
  return { problem: parsed.ok ? undefined : parsed.problem, samples, exemplars, metadata };
}
const openMetrics = (text: string) => read(text, "openmetrics");

describe("the Prometheus text format", () => {
  it("gives samples, types and helps, and leaves comments and empty lines out", async () => {
    expect(
      await read(`# HELP http_requests_total Requests\\nby \\\\ "code".
# TYPE http_requests_total counter
# a comment
#neither
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total {code = "400", method="post",}\t3

msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find:\\n\\"x\\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
inf_metric{} +Inf -3982045
nan NaN
  indented 1`),
    ).toEqual({
      problem: undefined,
      samples: [
        ['http_requests_total{code="200", method="post"}', 1027, 1395066363000],
        ['http_requests_total{code="400", method="post"}', 3, undefined],
        [
          'msdos_file_access_time_seconds{error="Cannot find:\\n\\"x\\"", path="C:\\\\DIR\\\\FILE.TXT"}',
          1.458255915e9,
          undefined,
        ],
        ["metric_without_timestamp_and_labels", 12.47, undefined],
        ["inf_metric", Infinity, -3982045],
        ["nan", NaN, undefined],
        ["indented", 1, undefined],
      ],
      exemplars: [],
      metadata: ['help http_requests_total Requests\nby \\ "code".', "type http_requests_total counter"],
    });
  });

  it("takes names in quotes", async () => {
    expect(
      await read(`# TYPE "http.server.duration" histogram
{"http.server.duration","http.route"="/a b}",x="1"} 2
plain{"ключ"="значение"} 3
`),
    ).toMatchObject({
      samples: [
        ['http.server.duration{http.route="/a b}", x="1"}', 2, undefined],
        ['plain{ключ="значение"}', 3, undefined],
      ],
      metadata: ["type http.server.duration histogram"],
    });
  });

  it.each([
    ['a 1\nb{x="1" 2\nc 3', 'line 2: the labels do not end with }: "b{x=\\"1\\" 2"'],
    ["a", 'line 1: a value is missing: "a"'],
    ["a ", "a value is missing"],
    ["a one", '"one" is not a number'],
    ["a 0x10", '"0x10" is not a number'],
    ["a 1_0", "is not a number"],
    ["a 1e999", "is out of range"],
    ["a 1 1.5", 'timestamp "1.5" is not in whole milliseconds'],
    ["a 1 15 x", "there is text after the timestamp"],
    ["a 1\r", "is not a number"],
    ["a{b=1} 1", "the value of label b is not in double quotes"],
    ["a{b} 1", 'label "b" has no value'],
    ['a{b="1",b="2"} 1', "label b is there twice"],
    ['a{__name__="b"} 1', "label __name__ is there twice"],
    ['{b="1"} 1', "no metric name"],
    ['a{b="1"c="2"} 1', "cannot read on"],
    ['a{b="1} 1', "a quoted text does not end"],
    ["9a 1", "cannot read on"],
    ["a.b 1", "cannot read on"],
    ["# TYPE a speed", '"speed" is not a type of metrics'],
    ["# TYPE a", '"" is not a type of metrics'],
    ["# TYPE 9a counter", "is not a metric's name"],
    ["# HELP 9a", "is not a metric's name"],
    ['a 1 # {t="1"} 1', "is not in whole milliseconds"],
    ["<html><body>not found</body></html>", "line 1: "],
  ])("refuses %j as a whole, naming the line", async (text, problem) => {
    expect((await read(text)).problem).toContain(problem);
  });
});

describe("OpenMetrics", () => {
  it("gives samples, exemplars and metadata", async () => {
    expect(
      await openMetrics(`# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency of "all" \\"requests\\".
acme_http_router_request_seconds_sum{path="/api/v1"} 9036.32
acme_http_router_request_seconds_created{path="/api/v1"} 1605281325.0
# TYPE foo histogram
foo_bucket{le="0.01"} 0
foo_bucket{le="1"} 11 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67
foo_bucket{le="+Inf"} 17 # {trace_id="oHg5SJYRHA0",x=" # "} 9.8 1520879607.789
# TYPE ready stateset
ready{ready="yes"} 1
# TYPE build info
build_info{version="1"} 1
# EOF
`),
    ).toEqual({
      problem: undefined,
      samples: [
        ['acme_http_router_request_seconds_sum{path="/api/v1"}', 9036.32, undefined],
        ['acme_http_router_request_seconds_created{path="/api/v1"}', 1605281325, undefined],
        ['foo_bucket{le="0.01"}', 0, undefined],
        ['foo_bucket{le="1"}', 11, 1520879607789],
        ['foo_bucket{le="+Inf"}', 17, undefined],
        ['ready{ready="yes"}', 1, undefined],
        ['build_info{version="1"}', 1, undefined],
      ],
      exemplars: [
        ['{trace_id="KOO5S4vxi0o"}', 0.67, undefined],
        ['{trace_id="oHg5SJYRHA0", x=" # "}', 9.8, 1520879607789],
      ],
      metadata: [
        "type acme_http_router_request_seconds summary",
        "unit acme_http_router_request_seconds seconds",
        'help acme_http_router_request_seconds Latency of "all" "requests".',
        "type foo histogram",
        "type ready stateset",
        "type build info",
      ],
    });
    expect((await openMetrics("# EOF")).problem).toBeUndefined();
  });

  it.each([
    ["a 1\n", "ends without # EOF"],
    ["", "ends without # EOF"],
    ["# EOF\na 1\n", 'line 2: there is text after # EOF: "a 1"'],
    ["# EOF\n\n", "there is text after # EOF"],
    ["\n# EOF", "line 1: an empty line"],
    ["# a comment\n# EOF", "may begin with #"],
    ["# TYPE a untyped\n# EOF", "is not a type"],
    ["# UNIT a_seconds bytes\n# EOF", "does not end with its unit"],
    ["a  1\n# EOF", "line 1: "],
    ["a\t1\n# EOF", "one space is missing"],
    ["a 1 2 3\n# EOF", "there is text after the timestamp"],
    ["a 1 x\n# EOF", "is not in seconds"],
    ["a 1 #\n# EOF", "an exemplar begins"],
    ['a 1 # {t="1"}\n# EOF', "a value is missing"],
    ['a 1 # {t="1"} x\n# EOF', "is not a number"],
    ['a 1 # {t="1"} 1 2 3\n# EOF', "text after the exemplar"],
  ])("refuses %j as a whole", async (text, problem) => {
    expect((await openMetrics(text)).problem).toContain(problem);
  });
});

describe("expositions of a real client", () => {
  it.each([
    ["openmetrics", Registry.OPENMETRICS_CONTENT_TYPE],
    ["prometheus", Registry.PROMETHEUS_CONTENT_TYPE],
  ] as const)("are read whole in %s", async (format, contentType) => {
    const registry = new Registry();
    registry.setContentType(contentType as never);
    const registers = [registry];
    new Counter({ name: "jobs_total", help: 'odd "help" \\ \n', labelNames: ["x"], registers }).inc(
      { x: 'a"\n\\' },
      3,
    );
    new Histogram({ name: "took_seconds", help: "t", buckets: [1], registers }).observe(0.5);
    new Summary({ name: "size", help: "s", percentiles: [0.5], registers }).observe(7);
    new Gauge({ name: "g", help: "g", registers }).set(-1.5e-9);
    const { problem, samples } = await read(await registry.metrics(), format);
    expect(problem).toBeUndefined();
    expect(new Map(samples.map(([series, value]) => [series, value]))).toEqual(
      new Map([
        ['jobs_total{x="a\\"\\n\\\\"}', 3],
        ['took_seconds_bucket{le="1"}', 1],
        ['took_seconds_bucket{le="+Inf"}', 1],
        ["took_seconds_sum", 0.5],
        ["took_seconds_count", 1],
        ['size{quantile="0.5"}', 7],
        ["size_sum", 7],
        ["size_count", 1],
        ["g", -1.5e-9],
      ]),
    );
  });
});

const escape = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const bareName = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/);
const series = fc.record({
  name: fc.oneof(bareName, text),
  labels: fc.uniqueArray(fc.tuple(fc.oneof(bareName, text), fc.oneof(text, fc.constant(""))), {
    selector: ([name]) => name,
    maxLength: 5,
  }),
});
const isBare = (name: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
const written = ({ name, labels }: { name: string; labels: [string, string][] }): string => {
  const pairs = labels.map(
    ([label, value]) => `${isBare(label) ? label : `"${escape(label)}"`}="${escape(value)}"`,
  );
  return isBare(name) ? `${name}{${pairs.join(",")}}` : `{${[`"${escape(name)}"`, ...pairs].join(",")}}`;
};

describe("any exposition", () => {
  it("gives the series, values and times that were written", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(series, fc.double(), fc.option(fc.integer({ min: -1e12, max: 1e13 })))),
        fc.constantFrom<ExpositionFormat>("prometheus", "openmetrics"),
        async (lines, format) => {
          const body = lines.map(([one, value, timeMs]) => {
            const time = timeMs === null ? "" : ` ${format === "openmetrics" ? timeMs / 1_000 : timeMs}`;
            return `${written(one)} ${value}${time}\n`;
          });
          const result = await read(body.join("") + (format === "openmetrics" ? "# EOF\n" : ""), format);
          expect(result.problem).toBeUndefined();
          expect(result.samples).toEqual(
            lines.map(([{ name, labels }, value, timeMs]) => [
              labelsText(labelsOf([["__name__", name], ...labels])),
              Object.is(value, -0) ? 0 : value,
              timeMs === null ? undefined : timeMs === 0 ? 0 : timeMs,
            ]),
          );
        },
      ),
    );
  });

  it("is read or refused, whatever it is", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "{",
        "}",
        '"',
        "\\",
        ",",
        "=",
        " ",
        "\t",
        "\n",
        "#",
        "# TYPE ",
        "# HELP ",
        "# EOF",
        "a",
        "1",
        "NaN",
      ),
      fc.string({ maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 40 }),
        fc.constantFrom<ExpositionFormat>("prometheus", "openmetrics"),
        async (pieces, format) => {
          const { problem } = await read(pieces.join(""), format);
          expect(problem ?? "line").toMatch(/line|EOF/);
        },
      ),
      { numRuns: 500 },
    );
  });
});
