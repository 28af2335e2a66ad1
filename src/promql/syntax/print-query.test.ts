import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseQuery } from "./parse-query.ts";
import { printQuery } from "./print-query.ts";

function print(text: string): string {
  const result = parseQuery(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.message}`);
  return printQuery(result.expr);
}

/** The tree without its positions. */
function tree(text: string): unknown {
  const result = parseQuery(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.message}`);
  return JSON.parse(
    JSON.stringify(result.expr, (key, value: unknown) => {
      if (key === "range") return undefined;
      return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
        ? `${1 / value}${value}`
        : value;
    }),
  );
}

describe("printQuery", () => {
  it.each([
    ["SUM(rate(x{a='b'}[5m]))by(c)", 'sum by (c) (rate(x{a="b"}[5m]))'],
    ["a*on(x)group_left b", "a * on (x) group_left () b"],
    ["a*ignoring()b", "a * b"],
    ["a == BOOL 1", "a == bool 1"],
    ['{"http.requests"}', '{"http.requests"}'],
    ['{"up", job="x"}', 'up{job="x"}'],
    ['{"sum"}', "sum"],
    ['{"on"}', '{"on"}'],
    ['{job="x", "up"}', '{job="x", "up"}'],
    ['{__name__="up"}', '{__name__="up"}'],
    ['x{"a.b"=~"c"}', 'x{"a.b"=~"c"}'],
    ["x[90s] offset -1d @ 1.5", "x[1m30s] @ 1.5 offset -1d"],
    ["x[1h:] @ start()", "x[1h:] @ start()"],
    ["-1^2", "-1 ^ 2"],
    ["1e21 + 0x10 - .5", "1e+21 + 16 - 0.5"],
    ["topk(1,x)", "topk(1, x)"],
    ["sum without()(x)", "sum without () (x)"],
    ['sum by ("a b", on, "inf") (x)', 'sum by ("a b", on, "inf") (x)'],
    ["'a\"\\xff\\n'", '"a\\"\\xff\\n"'],
  ])("%s", (text, expected) => {
    expect(print(text)).toBe(expected);
  });
});

const { query } = fc.letrec<{
  query: string;
  vector: string;
  range: string;
  scalar: string;
  operand: string;
}>((tie) => {
  const label = fc.constantFrom("a", "job", "on", '"x.y"', '"inf"', "by", '"\\u00e9 "');
  const value = fc.constantFrom('"b"', "'c\\'d'", "`e\\f`", '".+"', '"\\xff"', '"😀"');
  const matcher = fc.oneof(
    fc.tuple(label, fc.constantFrom("=", "!="), value).map((parts) => parts.join("")),
    fc
      .tuple(label, fc.constantFrom("=~", "!~"), fc.constantFrom('"a|b"', '".+"', '"x\\\\d"'))
      .map((parts) => parts.join("")),
  );
  const matchers = fc.array(matcher, { maxLength: 3 }).map((list) => list.join(","));
  const labels = fc.array(label, { maxLength: 2 }).map((list) => `(${list.join(",")})`);
  const duration = fc.constantFrom("5m", "300", "1h30m", "0.5", "1d", "1y1w1ms", "90s");
  const modifiers = fc
    .tuple(
      fc.constantFrom("", " offset 5m", " offset -3", " offset 1d1ms"),
      fc.constantFrom("", " @ 5", " @ -1.25", " @ start()", " @ end()"),
    )
    .map(([offset, at]) => offset + at);
  const name = fc.constantFrom("up", "a:b", "sum", "offset", "and", "by", "start", ":x");
  const selector = fc.oneof(
    fc.tuple(name, matchers).map(([metric, inner]) => `${metric}{${inner}}`),
    name,
    matchers.map((inner) => `{"a b.c"${inner === "" ? "" : `,${inner}`}}`),
    matchers.map((inner) => `{__name__=~"x.+"${inner === "" ? "" : `,${inner}`},"sum"}`),
  );
  const match = fc.oneof(
    fc.constant(""),
    fc.tuple(fc.constantFrom("on", "ignoring"), labels).map(([word, list]) => `${word}${list}`),
    fc.constantFrom(
      "ignoring(a) group_left()",
      "on(a) group_right(b)",
      "on() group_left()",
      'on("x.y") group_left(job)',
    ),
  );
  const grouping = fc.oneof(
    fc.constant(""),
    fc.tuple(fc.constantFrom("by", "without"), labels).map((parts) => parts.join("")),
  );
  return {
    range: fc.oneof(
      fc.tuple(selector, duration, modifiers).map(([inner, window, after]) => `${inner}[${window}]${after}`),
      fc
        .tuple(tie("operand"), duration, fc.constantFrom("", "1m", "15"), modifiers)
        .map(([inner, window, step, after]) => `${inner}[${window}:${step}]${after}`),
    ),
    operand: fc.oneof(
      { maxDepth: 3 },
      fc.tuple(selector, modifiers).map((parts) => parts.join("")),
      tie("vector").map((inner) => `(${inner})`),
      tie("range").map((inner) => `rate(${inner})`),
      fc.tuple(grouping, tie("vector")).map(([by, inner]) => `sum ${by}(${inner})`),
      fc.tuple(tie("scalar"), tie("vector"), grouping).map(([k, inner, by]) => `topk(${k},${inner})${by}`),
      tie("vector").map((inner) => `count_values("x",${inner})`),
      tie("scalar").map((inner) => `vector(${inner})`),
    ),
    vector: fc.oneof(
      { maxDepth: 3 },
      tie("operand"),
      fc.tuple(fc.constantFrom("-", "+", "- -"), tie("operand")).map((parts) => parts.join("")),
      fc
        .tuple(tie("operand"), fc.constantFrom("+", "^", "*", "atan2", "== bool", ">"), match, tie("operand"))
        .map((parts) => parts.join(" ")),
      fc
        .tuple(
          tie("operand"),
          fc.constantFrom("and", "or", "unless"),
          fc.constantFrom("", "on(a)"),
          tie("vector"),
        )
        .map((parts) => parts.join(" ")),
      fc.tuple(tie("scalar"), fc.constantFrom("-", "^", "<"), tie("operand")).map((parts) => parts.join(" ")),
    ),
    scalar: fc.oneof(
      { maxDepth: 3 },
      fc
        .double()
        .map((value) =>
          Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "-inf",
        ),
      fc.constantFrom("1", "-2", "017", "0x1F", "1_000", "2.", "5m", "-0", "time()", "- - 3"),
      fc
        .tuple(tie("scalar"), fc.constantFrom("+", "-", "^", "%", "> bool"), tie("scalar"))
        .map((parts) => parts.join(" ")),
      tie("scalar").map((inner) => `-(${inner})`),
    ),
    query: fc.oneof(tie("vector"), tie("range"), tie("scalar"), value),
  };
});

describe("what printQuery gives", () => {
  it("parses to the same tree, and prints as it is", () => {
    fc.assert(
      fc.property(query, (text) => {
        const printed = print(text);
        expect(tree(printed)).toEqual(tree(text));
        expect(print(printed)).toBe(printed);
      }),
      { numRuns: 1_500 },
    );
  });
});
