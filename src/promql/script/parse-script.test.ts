import { describe, expect, it } from "vitest";
import { parseScript } from "./parse-script.ts";
import { parseSeries } from "./parse-series.ts";
import type { EvalCommand, LoadCommand } from "./script.ts";

function commandOf(text: string): EvalCommand | LoadCommand {
  const parsed = parseScript(text);
  if (parsed.kind === "invalid") throw new Error(`${parsed.line}: ${parsed.message}`);
  const [command] = parsed.commands;
  if (command === undefined || command.kind === "clear") throw new Error("no command");
  return command;
}

function evalOf(text: string): EvalCommand {
  const command = commandOf(text);
  if (command.kind !== "eval") throw new Error(command.kind);
  return command;
}

describe("the values of a series", () => {
  it.each([
    ["1 2.5 -3 .5 1e3 +Inf -inf NaN", [1, 2.5, -3, 0.5, 1000, Infinity, -Infinity, NaN]],
    ["0+10x3", [0, 10, 20, 30]],
    ["8-2x2", [8, 6, 4]],
    ["-8+2x2 7", [-8, -6, -4, 7]],
    ["4x2", [4, 4, 4]],
    ["0x2", [0, 0, 0]],
    ["1 _ _x2 2", [1, undefined, undefined, undefined, 2]],
    ["1 stale stalex1", [1, "stale", "stale", "stale"]],
  ])("%s", (text, values) => {
    expect(parseSeries(`x ${text}`).values).toEqual(values);
  });

  it("may be histograms, repeated and growing", () => {
    const { values } = parseSeries(
      "x {{schema:1 count:3 sum:2.5 buckets:[1 0 2] offset:-1 z_bucket:1 z_bucket_w:0.01}} {{count:1}}+{{count:2 buckets:[2]}}x2",
    );
    expect(values).toHaveLength(4);
    expect(values[0]).toMatchObject({
      hintWritten: false,
      histogram: {
        schema: 1,
        count: 3,
        sum: 2.5,
        zeroCount: 1,
        zeroThreshold: 0.01,
        counterReset: "unknown",
      },
    });
    const counts = values.slice(1).map((value) => (typeof value === "object" ? value.histogram.count : 0));
    expect(counts).toEqual([1, 3, 5]);
  });

  it.each([
    "x 1..2",
    "x 1+2",
    "x {{schema:99}}",
    "x {{colour:3}}",
    "x {{count:1 count:2}}",
    "x{a} 1",
    "x{a=1} 1",
    "x 1x9999999",
  ])("%s is refused", (text) => {
    expect(() => parseSeries(text)).toThrow(/\S/);
  });

  it("belong to labels in any order, with any characters in quotes", () => {
    expect(parseSeries(`{"http.requests", b='x, }', a="say \\"hi\\""} 1`).labels).toEqual([
      "__name__",
      "http.requests",
      "a",
      'say "hi"',
      "b",
      "x, }",
    ]);
  });
});

describe("the commands of a script", () => {
  it("load series until an empty line or a comment", () => {
    const parsed = parseScript("load 1m30s\n  a 1\n  b 2\n# c 3\n\nclear");
    expect(parsed).toMatchObject({
      kind: "parsed",
      commands: [
        {
          kind: "load",
          line: 1,
          stepMs: 90_000,
          withCustomBuckets: false,
          series: [{ line: 2 }, { line: 3 }],
        },
        { kind: "clear", line: 6 },
      ],
    });
  });

  it("evaluate at a time or over a range, and expect series, a number or a text", () => {
    expect(evalOf('eval instant at 5m sum by (a) (x)\n  {a="1"} 5')).toMatchObject({
      query: "sum by (a) (x)",
      instant: true,
      grid: { startMs: 300_000, endMs: 300_000 },
      result: { kind: "series", series: [{ labels: ["a", "1"], values: [5] }] },
    });
    expect(evalOf("eval range from 0 to 1h step 5m x")).toMatchObject({
      instant: false,
      grid: { startMs: 0, endMs: 3_600_000, stepMs: 300_000 },
    });
    expect(evalOf("eval instant at 0 1 + 1\n  2").result).toEqual({ kind: "scalar", value: 2 });
    expect(evalOf("eval instant at 0 1/0\n  +Inf").result).toEqual({ kind: "scalar", value: Infinity });
    expect(evalOf('eval instant at 0 "a"\n  expect string "a\\n"').result).toEqual({
      kind: "string",
      value: "a\n",
    });
  });

  it("expect order, failures, warnings and infos, in the newer and the older forms", () => {
    const command = evalOf(
      "eval instant at 0 x\n expect ordered\n expect warn msg: PromQL warning: a\n expect info\n expect no_warn\n expect fail regex:a.*b",
    );
    expect(command.ordered).toBe(true);
    expect(command.fail?.message).toMatchObject({ kind: "pattern" });
    expect(command.annotations).toEqual([
      { level: "warning", some: true, message: { kind: "text", text: "PromQL warning: a" } },
      { level: "info", some: true, message: undefined },
      { level: "warning", some: false, message: undefined },
    ]);
    expect(evalOf("eval_ordered instant at 0 x").ordered).toBe(true);
    expect(evalOf("eval_warn instant at 0 x").annotations).toHaveLength(1);
    expect(evalOf("eval_fail instant at 0 x\n  expected_fail_message no").fail).toEqual({
      message: { kind: "text", text: "no" },
    });
  });

  it.each([
    ["load 5\n", 1, /duration/],
    ["load 5m\n  x 1\n  y one", 3, /not a value: one/],
    ["\n\nrun all", 3, /not a command/],
    ["eval instant at 0 x\n  expect nothing", 2, /not an expectation/],
    ["eval range from 5m to 1m step 1m x", 1, /before the start/],
    ["eval instant at 0 x\n  5\n  {} 5", 3, /at once/],
  ])("are refused with the line: %j", (text, line, message) => {
    const parsed = parseScript(text);
    expect(parsed).toMatchObject({
      kind: "invalid",
      line,
      message: expect.stringMatching(message) as unknown,
    });
  });
});
