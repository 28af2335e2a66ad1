import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS } from "../model/time.ts";
import { runValidate, type ValidateFormat } from "./validate.ts";

const GOOD = `apiVersion: openslo/v1
kind: SLO
metadata: {name: payment}
spec:
  service: payment
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec: {ratioMetric: {good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}, total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}}}
  objectives: [{target: 0.99}]
`;
const BAD = GOOD.replace("0.99}", "'50 %, or so'}").replace("service: payment", "servis: payment");

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-validate-"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function validate(
  files: Record<string, string>,
  format: ValidateFormat = "text",
  options: {
    readonly paths?: readonly string[];
    readonly isTerminal?: boolean;
    readonly resolve?: boolean;
  } = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
  let out = "";
  let err = "";
  const code = await runValidate(
    options.paths ?? [root],
    { format, resolve: options.resolve ?? true, sliCountsMs: 400 * DAY_MS },
    {
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
      isTerminal: options.isTerminal ?? false,
    },
  );
  return {
    code,
    out: out.replaceAll(pathToFileURL(root).href, "specs").replaceAll(root, "specs"),
    err: err.replaceAll(root, "specs"),
  };
}

describe("runValidate", () => {
  it("exits 0 and sums up when everything is valid, warnings or not", async () => {
    expect(await validate({ "a.yaml": GOOD })).toEqual({ code: 0, out: "valid: 1 SLO in 1 file\n", err: "" });
    const warned = await validate({ "a.yaml": GOOD.replace("target: 0.99", "op: gt, target: 0.99") });
    expect(warned.code).toBe(0);
    expect(warned.out).toContain(
      "specs/a.yaml:11:17: warning: op has no effect on a ratio [spec.objectives[0].op]\n",
    );
    expect(warned.out).toContain("valid: 1 SLO in 1 file (1 warning)\n");
  });

  it("says of each SLO on metrics how it is counted", async () => {
    const counted = GOOD.replace("{ status = ok }", 'sum(rate(a{code="200"}[5m]))')
      .replace("{ kind = server }", "sum(rate(a[5m]))")
      .replaceAll("type: traces", "type: prometheus");
    const evaluated = counted.replace("name: payment", "name: other").replaceAll("sum(rate", "avg(rate");
    const text = await validate({ "a.yaml": counted, "b.yaml": evaluated });
    expect(text).toMatchObject({ code: 0, err: "" });
    expect(text.out.split("\n").slice(0, 3)).toEqual([
      'specs/a.yaml:1:1: info: SLO "payment" is counted from counter increments',
      'specs/b.yaml:1:1: info: SLO "other" is evaluated every 30 s: total has the aggregation avg, good has the aggregation avg',
      "valid: 2 SLOs in 2 files",
    ]);
    const json = JSON.parse((await validate({}, "json")).out) as { slos: { counting: string }[] };
    expect(json.slos.map(({ counting }) => counting.split(":")[0])).toEqual([
      "counted from counter increments",
      "evaluated every 30 s",
    ]);
  });

  it("exits 1 and names file, line, column, field and what to write", async () => {
    expect(await validate({ "a.yaml": BAD, "b.yaml": GOOD.replace("payment}", "other}") })).toEqual({
      code: 1,
      out: `specs/a.yaml:5:3: error: unknown field "servis" [spec.servis]
  hint: did you mean "service"?
specs/a.yaml:11:25: error: expected a number, found the text "50 %, or so" [spec.objectives[0].target]
  hint: write a number, e.g. 0.999
invalid: 2 errors; 1 SLO in 2 files would run
`,
      err: "",
    });
  });

  it("exits 2 when a path is missing or holds no spec", async () => {
    const missing = await validate({ "a.yaml": GOOD }, "text", { paths: [root, join(root, "nope")] });
    expect(missing.code).toBe(2);
    expect(missing.err).toBe(
      "noroshi validate: could not run: specs/nope: there is no such file or folder\n",
    );
    await rm(join(root, "a.yaml"));
    const empty = await validate({});
    expect(empty.code).toBe(2);
    expect(empty.err).toContain("no OpenSLO, Sloth or Pyrra document in specs");
    const foreign = await validate({ "a.yaml": "apiVersion: v1\nkind: ConfigMap\n" });
    expect(foreign.code).toBe(2);
    expect(foreign.out).toBe("specs/a.yaml: note: passed over: line 1: not OpenSLO (v1 ConfigMap)\n");
  });

  it("colours for a terminal only, and lets no file steer it", async () => {
    const hostile = GOOD.replace("service: payment", 'service: payment\n  "x\\e[31my": 1');
    const plain = await validate({ "a.yaml": hostile });
    expect(plain.out).not.toContain("\u001b");
    const coloured = await validate({ "a.yaml": hostile }, "text", { isTerminal: true });
    expect(coloured.out).toContain("\u001b[31merror:\u001b[0m");
    expect(coloured.out).toContain('unknown field "x [31my"');
  });

  it("prints JSON of a stable shape", async () => {
    const { code, out } = await validate(
      { "a.yaml": GOOD, "b.yaml": BAD.replace("payment}", "other}") },
      "json",
    );
    expect(code).toBe(1);
    const body: unknown = JSON.parse(out);
    expect(body).toMatchObject({
      valid: false,
      couldNotRun: [],
      summary: { slos: 1, files: 2, errors: 2, warnings: 0 },
      slos: [
        {
          name: "payment",
          service: "payment",
          target: 0.99,
          targetPercent: "99 %",
          window: "30d",
          alerts: [
            { key: "critical", severity: "critical" },
            { key: "warning", severity: "warning" },
          ],
          file: "specs/a.yaml",
          line: 1,
        },
      ],
      files: [
        { path: "specs/a.yaml", slos: ["payment"], notes: [] },
        { path: "specs/b.yaml", slos: [], notes: [] },
      ],
    });
    expect((body as { diagnostics: unknown[] }).diagnostics[1]).toEqual({
      severity: "error",
      file: "specs/b.yaml",
      line: 11,
      column: 25,
      path: "spec.objectives[0].target",
      message: 'expected a number, found the text "50 %, or so"',
      hint: "write a number, e.g. 0.999",
    });
  });

  it("escapes GitHub annotations as the runner reads them", async () => {
    const { code, out } = await validate({ "a,b.yaml": BAD }, "github");
    expect(code).toBe(1);
    expect(out.split("\n")[1]).toBe(
      "::error file=specs/a%2Cb.yaml,line=11,col=25,title=SLO spec%3A spec.objectives[0].target::" +
        'expected a number, found the text "50 %25, or so"%0Awrite a number, e.g. 0.999',
    );
  });

  it("prints JUnit: a suite for each file, SLOs and errors as cases, warnings as output", async () => {
    const files = {
      "a.yaml": GOOD.replace("target: 0.99", "op: gt, target: 0.99"),
      "b.yaml": BAD.replace("payment}", "other}"),
      "c<&>.yaml": "a: 1\n",
    };
    const { code, out } = await validate(files, "junit");
    expect(code).toBe(1);
    expect(out).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="noroshi validate" tests="3" failures="2" errors="0">
  <testsuite name="specs/a.yaml" tests="1" failures="0" errors="0">
    <testcase name="payment" classname="specs/a.yaml"/>
    <system-out>specs/a.yaml:11:17: warning: op has no effect on a ratio&#10;  hint: leave it out</system-out>
  </testsuite>
  <testsuite name="specs/b.yaml" tests="2" failures="2" errors="0">
    <testcase name="5:3 spec.servis" classname="specs/b.yaml"><failure message="unknown field &quot;servis&quot;">specs/b.yaml:5:3: unknown field &quot;servis&quot;&#10;  hint: did you mean &quot;service&quot;?</failure></testcase>
    <testcase name="11:25 spec.objectives[0].target" classname="specs/b.yaml"><failure message="expected a number, found the text &quot;50 %, or so&quot;">specs/b.yaml:11:25: expected a number, found the text &quot;50 %, or so&quot;&#10;  hint: write a number, e.g. 0.999</failure></testcase>
  </testsuite>
  <testsuite name="specs/c&lt;&amp;&gt;.yaml" tests="0" failures="0" errors="0">
    <system-out>note: passed over: line 1: not OpenSLO (without apiVersion and kind)</system-out>
  </testsuite>
</testsuites>
`);
    const missing = await validate({}, "junit", { paths: [join(root, "nope")] });
    expect(missing.code).toBe(2);
    expect(missing.out).toContain('<error message="specs/nope: there is no such file or folder"/>');
  });

  it("prints SARIF, with the place of each diagnostic", async () => {
    const { code, out } = await validate({ "a b.yaml": BAD }, "sarif");
    expect(code).toBe(1);
    const log = JSON.parse(out) as { runs: { results: unknown[] }[] };
    expect(log).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "noroshi" } },
          invocations: [{ executionSuccessful: true, toolExecutionNotifications: [] }],
        },
      ],
    });
    expect(log.runs[0]!.results).toHaveLength(2);
    expect(log.runs[0]!.results[1]).toEqual({
      ruleId: "slo-spec",
      ruleIndex: 0,
      level: "error",
      message: { text: 'expected a number, found the text "50 %, or so"\nwrite a number, e.g. 0.999' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "specs/a%20b.yaml" },
            region: { startLine: 11, startColumn: 25 },
          },
          logicalLocations: [{ fullyQualifiedName: "spec.objectives[0].target" }],
        },
      ],
    });
  });

  it("judges each document by itself with --no-resolve", async () => {
    const elsewhere = GOOD.replace(/ {2}indicator:\n.*\n.*\n/, "  indicatorRef: elsewhere\n");
    const foreign = GOOD.replace("payment}", "other}").replaceAll("type: traces", "type: Datadog");
    const files = { "a.yaml": elsewhere, "b.yaml": foreign, "c.yaml": GOOD };
    const resolved = await validate(files);
    expect(resolved.code).toBe(1);
    expect(resolved.out).toContain('there is no SLI named "elsewhere"');
    expect(resolved.out).toContain("is already defined in");
    expect(resolved.out).toContain("a metric source of type Datadog is not supported yet");
    expect(await validate({}, "text", { resolve: false })).toMatchObject({ code: 0, err: "" });
    const bad = await validate({ "a.yaml": `${elsewhere}  servise: x\n` }, "text", { resolve: false });
    expect(bad.code).toBe(1);
  });

  it("warns of a window longer than counts are kept", async () => {
    const { code, out } = await validate({ "a.yaml": GOOD.replace("30d", "450d") });
    expect(code).toBe(0);
    expect(out).toContain(
      'specs/a.yaml:1:1: warning: the window of SLO "payment", 450d, is longer than its counts are kept, 400d\n  hint: shorten',
    );
  });

  it("finds the specs of this repository valid, without a warning", async () => {
    const { code, out } = await validate({}, "text", { paths: ["slo-specs"] });
    expect(out).toMatch(/^valid: \d+ SLOs in \d+ files\n$/);
    expect(code).toBe(0);
  });

  it("finds the examples valid, each counted in the way that it shows", async () => {
    const { code, out } = await validate({}, "text", { paths: ["docs/examples/metrics.yaml"] });
    expect(out.match(/(?<=SLO )".*/g)).toEqual([
      '"shop-availability" is counted from counter increments',
      '"shop-latency" is counted from counter increments',
      expect.stringContaining('"search-latency" is evaluated every 30 s'),
      '"mail-queue-short" is evaluated every 30 s: a threshold',
      '"payment-calls" is counted from counter increments',
    ]);
    expect(out).toMatch(/\nvalid: 5 SLOs in 1 file\n$/);
    expect(code).toBe(0);
  });
});
