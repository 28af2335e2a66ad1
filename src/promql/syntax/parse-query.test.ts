import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Expr } from "../ast.ts";
import { FUNCTION_SIGNATURES } from "./function-signatures.ts";
import { parseMatchers, parseQuery } from "./parse-query.ts";
import { printQuery } from "./print-query.ts";

function parsed(text: string): Expr {
  const result = parseQuery(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.message}`);
  return result.expr;
}

/** With every operation in brackets, to show how operators bind. */
function shape(expr: Expr): string {
  switch (expr.type) {
    case "binary":
      return `[${shape(expr.left)} ${expr.operator} ${shape(expr.right)}]`;
    case "unary":
      return `[${expr.operator}${shape(expr.operand)}]`;
    case "paren":
      return shape(expr.operand);
    default:
      return printQuery(expr);
  }
}

describe("how operators bind", () => {
  it.each([
    ["a + b * c", "[a + [b * c]]"],
    ["a * b + c", "[[a * b] + c]"],
    ["a - b - c", "[[a - b] - c]"],
    ["a / b * c % d", "[[[a / b] * c] % d]"],
    ["a ^ b ^ c", "[a ^ [b ^ c]]"],
    ["-1 ^ 2", "[-[1 ^ 2]]"],
    ["-a ^ b", "[-[a ^ b]]"],
    ["-a * b", "[[-a] * b]"],
    ["a ^ -b", "[a ^ [-b]]"],
    ["a ^ -b ^ c", "[a ^ [-[b ^ c]]]"],
    ["2 ^ -1 * 3", "[[2 ^ -1] * 3]"],
    ["- -a", "[-[-a]]"],
    ["- -1", "1"],
    ["1 - -1", "[1 - -1]"],
    ["-1 + 2", "[-1 + 2]"],
    ["+a", "[+a]"],
    ["a atan2 b * c", "[[a atan2 b] * c]"],
    ["a * b atan2 c", "[[a * b] atan2 c]"],
    ["a == b + c", "[a == [b + c]]"],
    ["a == b > c", "[[a == b] > c]"],
    ["a and b == c", "[a and [b == c]]"],
    ["a or b and c", "[a or [b and c]]"],
    ["a and b or c unless d", "[[a and b] or [c unless d]]"],
    ["a unless b and c", "[[a unless b] and c]"],
    ["a OR b AND c", "[a or [b and c]]"],
    ["(a + b) * c", "[[a + b] * c]"],
    ["a - a offset 1d", "[a - a offset 1d]"],
    ["a + b @ 10", "[a + b @ 10]"],
    ["-a offset 5m", "[-a offset 5m]"],
    ["a + b[5m:1m]", undefined],
    ["a ^ b offset 5m", "[a ^ b offset 5m]"],
  ])("%s", (text, expected) => {
    const result = parseQuery(text);
    expect(result.ok ? shape(result.expr) : undefined).toBe(expected);
  });
});

describe("numbers and durations", () => {
  it.each([
    ["1", 1],
    ["2.", 2],
    [".5", 0.5],
    ["1e3", 1000],
    ["12.34e+6", 12340000],
    ["12.34E-6", 0.00001234],
    ["1_000", 1000],
    ["1_0.0_5e1_0", 10.05e10],
    ["0x1F", 31],
    ["0X_1f", 31],
    ["0x1_2", 18],
    ["017", 15],
    ["08", 8],
    ["00_7", 7],
    ["0", 0],
    ["-0", -0],
    ["007.5", 7.5],
    ["Inf", Infinity],
    ["+inf", Infinity],
    ["-iNf", -Infinity],
    ["NaN", Number.NaN],
    ["5m", 300],
    ["1h30m", 5400],
    ["1d", 86400],
    ["1y2w", 31536000 + 2 * 604800],
    ["100ms", 0.1],
    ["-5m", -300],
    ["18446744073709551616", 2 ** 64],
  ])("%s is a number", (text, value) => {
    expect(parsed(text)).toEqual({ type: "number", value, range: { start: 0, end: text.length } });
  });

  it.each([
    "1__0",
    "1_",
    "0x",
    "1e",
    "1.2.3",
    "5mm",
    "1m1h",
    "5m5m",
    "1s5",
    "0xfg",
    "1e999",
    "1_000m",
    "1.5h",
    "300y",
  ])("%s is none", (text) => {
    expect(parseQuery(text).ok).toBe(false);
  });

  it.each([
    ["x[300]", 300_000],
    ["x[5m]", 300_000],
    ["x[ 1h30m ]", 5_400_000],
    ["x[0.5]", 500],
    ["x[1e2]", 100_000],
    ["x[0x10]", 16_000],
    ["x[1d12h]", 129_600_000],
  ])("%s is a range", (text, windowMs) => {
    expect(parsed(text)).toMatchObject({ type: "matrix", windowMs });
  });

  it.each([
    ["x offset 5m", 300_000],
    ["x offset -5m", -300_000],
    ["x offset +30", 30_000],
    ["x offset - 30", -30_000],
    ["x offset 0s", 0],
    ["x offset 1.5", 1_500],
  ])("%s", (text, offsetMs) => {
    expect(parsed(text)).toMatchObject({ type: "selector", offsetMs });
  });

  it.each([
    ["x @ 10", { kind: "time", timeMs: 10_000 }],
    ["x @ -10.5", { kind: "time", timeMs: -10_500 }],
    ["x @ 1e10", { kind: "time", timeMs: 1e13 }],
    ["x @ 1609746000.123", { kind: "time", timeMs: 1609746000123 }],
    ["x @ start()", { kind: "start" }],
    ["x @ end ( )", { kind: "end" }],
  ])("%s", (text, at) => {
    expect(parsed(text)).toMatchObject({ type: "selector", at });
  });
});

describe("strings", () => {
  it.each([
    [`"a"`, "a"],
    [`'a"b'`, 'a"b'],
    [`"a'b"`, "a'b"],
    ["`a\\n\nb`", "a\\n\nb"],
    [`"\\a\\b\\f\\n\\r\\t\\v\\\\\\""`, '\u0007\b\f\n\r\t\v\\"'],
    [`'\\''`, "'"],
    [`"\\x41\\101\\u0041\\U0001F600"`, "AAA😀"],
    [`"\\xc3\\xa4\\303\\244"`, "ää"],
    [`"\\xffa\\xc5z"`, "\udcffa\udcc5z"],
    [`"日本語"`, "日本語"],
    [`"a # b"`, "a # b"],
  ])("%s", (text, value) => {
    expect(parsed(text)).toMatchObject({ type: "string", value });
  });

  it.each([
    `"a`,
    `'a`,
    "`a",
    `"a\nb"`,
    `"\\q"`,
    `"\\'"`,
    `"\\x4"`,
    `"\\400"`,
    `"\\ud800"`,
    `"\\U00110000"`,
    `"\\`,
  ])("%s is none", (text) => {
    expect(parseQuery(text).ok).toBe(false);
  });
});

describe("selectors", () => {
  const name = (value: string) => ({ label: "__name__", operator: "=", value });

  it.each([
    ["up", "up", [name("up")]],
    ["job:rate:5m", "job:rate:5m", [name("job:rate:5m")]],
    [":up", ":up", [name(":up")]],
    [
      `up{a="b",c!="d",e=~"f.*",g!~"h",}`,
      "up",
      [
        name("up"),
        { label: "a", operator: "=", value: "b" },
        { label: "c", operator: "!=", value: "d" },
        { label: "e", operator: "=~", value: "f.*" },
        { label: "g", operator: "!~", value: "h" },
      ],
    ],
    [
      `{"http.requests", "service.name"='x'}`,
      "http.requests",
      [name("http.requests"), { label: "service.name", operator: "=", value: "x" }],
    ],
    [`{a="b", "up"}`, "up", [{ label: "a", operator: "=", value: "b" }, name("up")]],
    [`{__name__="up"}`, "", [name("up")]],
    [`up{}`, "up", [name("up")]],
    [`up # comment }\n{ # more\n on = "x" }`, "up", [name("up"), { label: "on", operator: "=", value: "x" }]],
  ])("%s", (text, metric, matchers) => {
    expect(parsed(text)).toMatchObject({ type: "selector", name: metric, matchers });
  });

  it.each(
    "sum avg count min max group topk quantile offset by without and or unless start end step range rate limitk".split(
      " ",
    ),
  )("%s can be the name of a metric", (word) => {
    expect(parsed(word)).toMatchObject({ type: "selector", name: word });
    expect(parsed(`${word}{a="b"} + 1`)).toMatchObject({ type: "binary", left: { name: word } });
  });

  it.each("sum by on bool group_left offset and atan2 inf nan start".split(" "))(
    "%s can be the name of a label",
    (word) => {
      expect(parsed(`x{${word}="y"}`)).toMatchObject({ matchers: [name("x"), { label: word }] });
    },
  );

  it.each("sum by on bool group_left offset and atan2 start".split(" "))(
    "%s can be a label to group by",
    (word) => {
      expect(parsed(`sum by (${word}) (x)`)).toMatchObject({ labels: [word] });
    },
  );

  it("gives modifiers to the selector of a range, in any order", () => {
    const both = {
      type: "matrix",
      windowMs: 60_000,
      selector: { offsetMs: 1_000, at: { kind: "time", timeMs: 5_000 } },
    };
    expect(parsed("x[1m] offset 1s @ 5")).toMatchObject(both);
    expect(parsed("x[1m] @ 5 offset 1s")).toMatchObject(both);
  });

  it("reads subqueries", () => {
    expect(parsed("rate(x[5m])[30m:1m] offset 5m @ end()")).toMatchObject({
      type: "subquery",
      operand: { type: "call", name: "rate" },
      windowMs: 1_800_000,
      stepMs: 60_000,
      offsetMs: 300_000,
      at: { kind: "end" },
    });
    expect(parsed("x[30:]")).toMatchObject({ type: "subquery", windowMs: 30_000, stepMs: undefined });
    expect(parsed("x offset 5m [1h:5]")).toMatchObject({
      type: "subquery",
      stepMs: 5_000,
      operand: { offsetMs: 300_000 },
    });
  });
});

describe("aggregations and matching", () => {
  it("takes the grouping before or after", () => {
    const expected = { type: "aggregate", operator: "sum", without: false, labels: ["a", "b.c"] };
    expect(parsed('sum by (a, "b.c") (x)')).toMatchObject(expected);
    expect(parsed('sum(x) BY (a, "b.c",)')).toMatchObject({ ...expected, range: { start: 0, end: 21 } });
    expect(parsed("SUM(x)")).toMatchObject({ operator: "sum", labels: [], without: false });
    expect(parsed("sum without () (x)")).toMatchObject({ without: true, labels: [] });
    expect(parsed("topk(3, x) by (a)")).toMatchObject({
      operator: "topk",
      parameter: { value: 3 },
      operand: { name: "x" },
    });
  });

  it.each([
    ["a + b", "one-to-one", false, [], []],
    ["a + on(x) b", "one-to-one", true, ["x"], []],
    ["a + on() b", "one-to-one", true, [], []],
    ["a + ignoring(x, y) group_left b", "many-to-one", false, ["x", "y"], []],
    ["a + on(x) group_left(z) b", "many-to-one", true, ["x"], ["z"]],
    ["a + on(x) group_right(z, v) b", "one-to-many", true, ["x"], ["z", "v"]],
    ["a and b", "many-to-many", false, [], []],
    ["a unless on(x) b", "many-to-many", true, ["x"], []],
    ["a == bool on(x) b", "one-to-one", true, ["x"], []],
  ])("%s", (text, cardinality, on, labels, include) => {
    expect(parsed(text)).toMatchObject({ matching: { cardinality, on, labels, include } });
  });

  it("has no matching where a side is a scalar", () => {
    expect(parsed("a + 1")).toMatchObject({ matching: undefined });
    expect(parsed("1 > bool 2")).toMatchObject({ matching: undefined, returnBool: true });
    expect(parsed("a > bool 2")).toMatchObject({ returnBool: true });
  });
});

/** [query, start, end (exclusive), message]. */
const ERRORS: readonly (readonly [string, number, number, string | RegExp])[] = [
  ["", 0, 0, "no expression found in input"],
  ["  # only a comment", 0, 0, "no expression found in input"],
  ["a b", 2, 3, 'unexpected identifier "b"'],
  ["1 +", 3, 3, "unexpected end of input, expected an expression"],
  ["* 2", 0, 1, "unexpected <op:*>"],
  ["a ) b", 2, 3, 'unexpected ")"'],
  ["(a", 0, 1, "unclosed left parenthesis"],
  ["(a b)", 3, 4, /^unexpected identifier "b" in paren expression/],
  ["a = b", 2, 3, 'unexpected "="'],
  ["a & b", 2, 3, "unexpected character: '&'"],
  ["a{b}", 3, 4, 'unexpected "}" in label matching, expected label matching operator'],
  ["a{b=c}", 4, 5, 'unexpected identifier "c" in label matching, expected string'],
  ['a{b="c" d="e"}', 8, 9, 'unexpected identifier "d" in label matching, expected "," or "}"'],
  ["a{,}", 2, 3, /expected identifier or "}"/],
  ['a{b=~"("}', 2, 8, /missing closing \)/],
  ["{}", 0, 2, "vector selector must contain at least one non-empty matcher"],
  ['1 + {a=~".*", b=""}', 4, 19, "vector selector must contain at least one non-empty matcher"],
  ['a{__name__="b"}', 0, 15, 'metric name must not be set twice: "a" or "b"'],
  ['a{"b"}', 0, 6, 'metric name must not be set twice: "a" or "b"'],
  ["a[5m] + b", 0, 5, "binary expression must contain only scalar and instant vector types"],
  ['a + "x"', 4, 7, "binary expression must contain only scalar and instant vector types"],
  ["1 > 2", 2, 3, "comparisons between scalars must use BOOL modifier"],
  ["a + bool b", 2, 3, "bool modifier can only be used on comparison operators"],
  ["a and 1", 0, 7, 'set operator "and" not allowed in binary scalar expression'],
  ["1 or 2", 0, 6, 'set operator "or" not allowed in binary scalar expression'],
  ["a and on(x) group_left b", 0, 24, 'no grouping allowed for "and" operation'],
  ["a + on(x) 1", 0, 11, "vector matching only allowed between instant vectors"],
  ["a + on(x, y) group_left(y) b", 2, 3, 'label "y" must not occur in ON and GROUP clause at once'],
  ["a + group_left(x) b", 4, 14, "unexpected <group_left>"],
  ["a + on x b", 7, 8, 'unexpected identifier "x" in grouping opts, expected "("'],
  ["sum by (1) (x)", 8, 9, 'unexpected number "1" in grouping opts, expected label'],
  ["sum by (a b) (x)", 10, 11, 'unexpected identifier "b" in grouping opts, expected "," or ")"'],
  ["sum by (a:b) (x)", 8, 11, /metric identifier "a:b" in grouping opts/],
  ["sum()", 0, 5, "no arguments for aggregate expression provided"],
  ["sum(a, b)", 0, 9, "wrong number of arguments for aggregate expression provided, expected 1, got 2"],
  ["topk(a)", 0, 7, "wrong number of arguments for aggregate expression provided, expected 2, got 1"],
  ["topk(a, b)", 5, 6, "expected type scalar in aggregation parameter, got instant vector"],
  ["count_values(1, b)", 13, 14, "expected type string in aggregation parameter, got scalar"],
  ["sum(a[5m])", 4, 9, "expected type instant vector in aggregation expression, got range vector"],
  ["rate(a)", 5, 6, 'expected type range vector in call to function "rate", got instant vector'],
  ["abs(1)", 4, 5, 'expected type instant vector in call to function "abs", got scalar'],
  ["rate()", 0, 6, 'expected 1 argument(s) in call to "rate", got 0'],
  ["rate(a[5m], 1)", 0, 14, 'expected 1 argument(s) in call to "rate", got 2'],
  ["label_join(a)", 0, 13, 'expected at least 3 argument(s) in call to "label_join", got 1'],
  ["round(a, 1, 2)", 0, 14, 'expected at most 2 argument(s) in call to "round", got 3'],
  ["abs(a,)", 5, 6, "trailing commas not allowed in function call args"],
  ["1 + raet(a[5m])", 4, 8, 'unknown function with name "raet", did you mean "rate"?'],
  ["completely_unheard_of(a)", 0, 21, 'unknown function with name "completely_unheard_of"'],
  ["(a + b)[5m]", 7, 11, "ranges only allowed for vector selectors"],
  ["a offset 5m [5m]", 12, 16, "no offset modifiers allowed before range"],
  ["a @ 5 [5m]", 6, 10, "no @ modifiers allowed before range"],
  ["a[5m][5m]", 5, 9, "ranges only allowed for vector selectors"],
  ["a[5m][5m:]", 0, 10, /subquery is only allowed on instant vector/],
  ["1[5m:]", 0, 6, "subquery is only allowed on instant vector, got scalar instead"],
  ["a[0]", 2, 3, "duration must be greater than 0"],
  ["a[5m:0s]", 5, 7, "duration must be greater than 0"],
  ["a[-5m]", 2, 3, /^unexpected <op:-> in subquery or range selector/],
  ["a[x]", 2, 3, /expected duration/],
  ["a[5m", 4, 4, /^unexpected end of input in subquery or range, expected ":" or "]"/],
  ["a[5m:1m:]", 7, 8, /expected "]"/],
  ["a offset", 8, 8, "unexpected end of input in offset, expected number or duration"],
  ["sum(a) offset 5m", 0, 6, /^offset modifier must be preceded by/],
  ["1 @ 5", 0, 1, /^@ modifier must be preceded by/],
  ["a offset 5m offset 5m", 0, 11, "offset may not be set multiple times"],
  ["a @ 5 @ 6", 0, 5, "@ <timestamp> may not be set multiple times"],
  ["a @ Inf", 4, 7, /^timestamp out of bounds for @ modifier/],
  ["a @ foo", 4, 7, 'unexpected identifier "foo" in @, expected timestamp'],
  [
    '-"x"',
    0,
    4,
    /^unary expression only allowed on expressions of type scalar or instant vector, got "string"/,
  ],
  ['"x', 0, 2, "unterminated quoted string"],
  ["5mx", 0, 3, 'bad number or duration syntax: "5mx"'],
  ["sum(“a”)", 4, 5, /typographic/],
  ["info(a, b)", 8, 9, "expected label selectors only, got vector selector instead"],
  ["info(a, 1)", 8, 9, "expected label selectors only"],
];

describe("errors", () => {
  it.each(ERRORS)("%s", (text, start, end, message) => {
    const result = parseQuery(text);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    if (typeof message === "string") expect(result.error.message).toBe(message);
    else expect(result.error.message).toMatch(message);
    expect(result.error.range).toEqual({ start, end });
  });

  it("refuses what would exhaust the stack, and takes what people write", () => {
    for (const [open, close] of [
      ["(", ")"],
      ["abs(", ")"],
      ["sum(", ")"],
    ] as const) {
      expect(parseQuery(open.repeat(150) + "a" + close.repeat(150)).ok).toBe(true);
      expect(parseQuery(open.repeat(100_000) + "a" + close.repeat(100_000)).ok).toBe(false);
      expect(parseQuery(open.repeat(100_000)).ok).toBe(false);
    }
    for (const [text, few] of [
      ["a + ", 1_000],
      ["2 ^ ", 1_000],
      ["-", 1_000],
      ["a or ", 1_000],
    ] as const) {
      expect(parseQuery(`${text.repeat(few)}a`).ok).toBe(true);
      expect(parseQuery(`${text.repeat(100_000)}a`).ok).toBe(false);
    }
    expect(parseQuery(`a${"[5m:]".repeat(100_000)}`).ok).toBe(false);
    expect(parseQuery(`a${" offset 0".repeat(100_000)}`).ok).toBe(false);
  });
});

const FRAGMENTS = [
  ..."a b:c sum by without on ignoring group_left bool offset and or unless atan2 rate ( ) ( ) { } [ ] , : @ = == != =~ !~ < >= + - * / % ^".split(
    " ",
  ),
  "5m",
  "1",
  "0x1f",
  "1e3",
  "Inf",
  '"x"',
  "'y'",
  "`z`",
  '"',
  "#",
  "\n",
  " ",
  "start",
  "topk",
  "é",
  "\\",
];

describe("whatever the text", () => {
  it("never throws, and errors lie within the text", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string(),
      fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }).map((parts) => parts.join("")),
      fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(anything, (text) => {
        for (const result of [parseQuery(text), parseMatchers(text)]) {
          if (result.ok) continue;
          const { start, end } = result.error.range;
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(result.error.message).not.toBe("");
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("function signatures", () => {
  it("calls every function with as many arguments as it needs", () => {
    const example = { scalar: "1", vector: "x", matrix: "x[5m]", string: '"s"' };
    for (const [name, { args, required, result }] of FUNCTION_SIGNATURES) {
      const given = args.slice(0, required).map((type) => example[type]);
      expect(parsed(`${name}(${given.join(", ")})`)).toMatchObject({ type: "call", name });
      expect(parseQuery(`sum(${name}(${given.join(", ")}))`).ok).toBe(result === "vector");
    }
  });
});

describe("parseMatchers", () => {
  it("reads a selector alone", () => {
    expect(parseMatchers('up{job="x"}')).toMatchObject({
      ok: true,
      matchers: [{ value: "up" }, { label: "job" }],
    });
    expect(parseMatchers("{}")).toEqual({ ok: true, matchers: [] });
    for (const text of ["up[5m]", "up offset 5m", "rate(x)", "1", "", "up + up", '"x"']) {
      expect(parseMatchers(text).ok).toBe(false);
    }
  });
});

const CORPUS = "../shared/corpora/promqltest";

if (!existsSync(CORPUS)) process.stdout.write(`skipped: expressions of ${CORPUS}, which is not there\n`);

describe.skipIf(!existsSync(CORPUS))("the expressions of the promqltest scripts", () => {
  it("all parse, and print to a text with the same tree", () => {
    let count = 0;
    for (const file of readdirSync(CORPUS)) {
      for (const line of readFileSync(`${CORPUS}/${file}`, "utf8").split("\n")) {
        const text = /^\s*eval(?:_\w+)?\s+(?:instant at \S+|range from \S+ to \S+ step \S+)\s+(.*)$/.exec(
          line,
        )?.[1];
        if (text === undefined) continue;
        count += 1;
        const expr = parsed(text);
        const printed = printQuery(expr);
        expect(printQuery(parsed(printed)), text).toBe(printed);
      }
    }
    expect(count).toBeGreaterThan(1_000);
  });
});

if (!existsSync(CORPUS))
  console.warn(`the promqltest scripts are not at ${CORPUS}: their expressions are not parsed`);
