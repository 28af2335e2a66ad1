import { describe, expect, it } from "vitest";
import { labelsOf } from "../../model/labels.ts";
import type { MatchOperator } from "../ast.ts";
import { compileMatcher, compileMatchers, patternFault } from "./label-matcher.ts";

const test = (operator: MatchOperator, value: string) => compileMatcher({ label: "x", operator, value });

describe("compileMatcher", () => {
  it.each<[MatchOperator, string, readonly string[], readonly string[]]>([
    ["=", "a", ["a"], ["", "aa", "A"]],
    ["!=", "a", ["", "aa"], ["a"]],
    ["=", "", [""], ["a"]],
    ["!=", "", ["a"], [""]],
    ["=~", "a|b", ["a", "b"], ["", "ab", "a|b"]],
    ["=~", "a|", ["a", ""], ["b"]],
    ["=~", "", [""], ["a"]],
    ["=~", ".*", ["", "a", "a\nb"], []],
    ["=~", ".+", ["a", "\n", "a\nb"], [""]],
    ["!~", ".+", [""], ["a"]],
    ["=~", "a.b", ["a\nb", "axb"], ["ab", "xaxb"]],
    ["=~", "a", ["a"], ["aa", "ba"]],
    ["=~", "(?i)ab", ["AB", "ab"], ["abc"]],
    ["=~", "^a$", ["a"], ["ab", "a\nb"]],
    ["=~", "foo|ba[rz]", ["foo", "baz"], ["foobar"]],
    ["!~", "a.*", ["b", ""], ["a", "ab"]],
    ["=~", "日.", ["日本"], ["日"]],
  ])("%s %j", (operator, value, passing, failing) => {
    for (const text of passing) expect(test(operator, value)(text)).toBe(true);
    for (const text of failing) expect(test(operator, value)(text)).toBe(false);
  });
});

describe("compileMatchers", () => {
  const labels = labelsOf([
    ["__name__", "up"],
    ["job", "api"],
  ]);

  it("takes an absent label for an empty one", () => {
    const all = (...matchers: [string, MatchOperator, string][]) =>
      compileMatchers(matchers.map(([label, operator, value]) => ({ label, operator, value })))(labels);
    expect(all(["__name__", "=", "up"], ["job", "=~", "a.*"])).toBe(true);
    expect(all(["__name__", "=", "up"], ["job", "=", "db"])).toBe(false);
    expect(all(["zone", "=", ""])).toBe(true);
    expect(all(["zone", "!~", ".+"])).toBe(true);
    expect(all(["zone", "=~", "x?"])).toBe(true);
    expect(all(["zone", "!=", ""])).toBe(false);
    expect(all()).toBe(true);
  });
});

describe("patternFault", () => {
  it("names what is wrong", () => {
    expect(patternFault("a|b")).toBeUndefined();
    expect(patternFault("(")).toBe("error parsing regexp: missing closing ): `(`");
    expect(patternFault("a(?=b)")).toMatch(/invalid/);
  });
});

describe("patternFault of what would take long to compile", () => {
  it("refuses more repeats than any label needs", () => {
    expect(patternFault("x{1000}".repeat(1_000))).toBe("expression too large");
    expect(patternFault("[0-9]{3}-[a-z]{1,10}")).toBeUndefined();
  });

  it("takes a long list of hosts at once", () => {
    const hosts = Array.from({ length: 50_000 }, (_, i) => `host-${i}\\.example\\.com:90.*`).join("|");
    const beganMs = performance.now();
    expect(patternFault(hosts)).toBeUndefined();
    expect(performance.now() - beganMs).toBeLessThan(500);
  });

  it.each(["a**", "*", "a|*", "(", "a{2", "[", "\\"])("does not take %s for simple", (pattern) => {
    const isSimple = patternFault(pattern) === undefined;
    expect(isSimple).toBe(pattern === "a{2");
  });
});
