import { describe, expect, it } from "vitest";
import { runScript } from "./run-script.ts";

const LOAD = `
load 1m
  x{a="1"} 0+10x10
  x{a="2"} {{schema:0 count:2 sum:3 buckets:[1 1]}}x10
  y 1 stale 2
`;

async function failuresOf(evaluation: string): Promise<readonly (string | undefined)[]> {
  const { cases, fault } = await runScript(`${LOAD}\n${evaluation}`, "t");
  expect(fault).toBeUndefined();
  expect(cases.length).toBeGreaterThan(0);
  return cases.map(({ failure }) => failure && `${failure.expected} | ${failure.got}`);
}

describe("a script's run", () => {
  it.each([
    [`eval instant at 1m x{a="1"}\n  x{a="1"} 10`],
    // Within the tolerance.
    [`eval instant at 1m x{a="1"}\n  x{a="1"} 10.000001`],
    [`eval range from 0 to 3m step 1m y\n  y 1 _ 2 2`],
    [`eval instant at 2m x{a="2"}\n  x{a="2"} {{schema:0 count:2 sum:3 buckets:[1 1]}}`],
    [
      `eval instant at 2m x{a="2"}\n  x{a="2"} {{schema:0 count:2 sum:3 buckets:[1 1] counter_reset_hint:not_reset}}`,
    ],
    [`eval instant at 1m nothing`],
    [`eval instant at 0 x +\n  expect fail`],
    [`eval instant at 1m sum(x)\n  expect warn`],
  ])("passes what is right: %s", async (evaluation) => {
    expect(await failuresOf(evaluation)).toEqual([undefined]);
  });

  it.each([
    [`eval instant at 1m x{a="1"}\n  x{a="1"} 11`, 'x{a="1"} 11 | x{a="1"} 10'],
    [`eval instant at 1m x{a="1"}\n  {a="1"} 10`, 'no such series | x{a="1"} 10'],
    [`eval instant at 1m x{a="1"}`, 'no such series | x{a="1"} 10'],
    [`eval instant at 1m nothing\n  {} 1`, "{} 1 | no such series"],
    [`eval range from 0 to 3m step 1m y\n  y 1 1 2 2`, "y 1 1 2 2 | y 1 _ 2 2"],
    [`eval instant at 1m x{a="1"}\n  10`, 'the scalar 10 | x{a="1"} 10'],
    [`eval instant at 0 1 + 1\n  {} 2`, "{} 2 | the scalar 2"],
    [`eval instant at 0 "a"\n  expect string "b"`, 'the string "b" | the string "a"'],
    [`eval instant at 0 x\n  expect fail`, "the error: any | an answer"],
    [
      `eval instant at 2m x{a="2"}\n  x{a="2"} {{schema:0 count:2 sum:3 buckets:[2]}}`,
      'x{a="2"} {{schema:0 count:2 sum:3 buckets:[2]}} | x{a="2"} {{schema:0 count:2 sum:3 buckets:[1 1] counter_reset_hint:not_reset}}',
    ],
    [
      `eval instant at 2m x{a="2"}\n  x{a="2"} {{schema:0 count:2 sum:3 buckets:[1 1] counter_reset_hint:gauge}}`,
      'x{a="2"} {{schema:0 count:2 sum:3 buckets:[1 1] counter_reset_hint:gauge}} | x{a="2"} {{schema:0 count:2 sum:3 buckets:[1 1] counter_reset_hint:not_reset}}',
    ],
    [`eval instant at 1m x{a="1"}\n  expect info\n  x{a="1"} 10`, "info: any | no info"],
    [
      `eval instant at 1m sum(x)\n  expect no_warn`,
      "no warning | PromQL warning: encountered a mix of histograms and floats for aggregation",
    ],
    [
      `eval instant at 1m sum(x)\n  expect warn msg: PromQL warning: no`,
      "warning: PromQL warning: no | PromQL warning: encountered a mix of histograms and floats for aggregation",
    ],
  ])("fails what is wrong, with what came instead: %s", async (evaluation, failure) => {
    expect(await failuresOf(evaluation)).toEqual([failure]);
  });

  it("compares order where it is asked for", async () => {
    const expected = (order: string): string => `eval instant at 1m sort(x or vector(20))\n${order}`;
    const [small, large] = ['  x{a="1"} 10', "  {} 20"];
    expect(await failuresOf(expected(`  expect ordered\n${small}\n${large}`))).toEqual([undefined]);
    expect((await failuresOf(expected(`  expect ordered\n${large}\n${small}`)))[0]).toMatch(
      /^another series in place 1/,
    );
    expect(await failuresOf(expected(`${large}\n${small}`))).toEqual([undefined]);
  });

  it("forgets the series at clear", async () => {
    expect(await failuresOf(`clear\n\neval instant at 1m x`)).toEqual([undefined]);
  });

  it("loads classic histograms as native ones with custom buckets too", async () => {
    const load = 'load_with_nhcb 1m\n  h_bucket{le="1"} 2\n  h_bucket{le="+Inf"} 5\n  h_sum 9';
    const check = "eval instant at 0 h\n  h {{schema:-53 count:5 sum:9 custom_values:[1] buckets:[2 3]}}";
    expect(await failuresOf(`${load}\n\n${check}`)).toEqual([undefined]);
  });

  it("tells where a script cannot be read", async () => {
    const report = await runScript("load 1m\n  x one", "t");
    expect(report).toEqual({ name: "t", fault: { line: 2, message: "not a value: one" }, cases: [] });
  });
});
