import { describe, expect, it } from "vitest";
import { counterTerms } from "./counter-terms.ts";
import { parseQuery } from "./syntax/parse-query.ts";
import { printMatcher } from "./syntax/print-query.ts";

function compile(query: string, bareCounters = false): string {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const result = counterTerms(parsed.expr, { bareCounters });
  if (!result.ok) return `no: ${result.reason} at ${query.slice(result.range.start, result.range.end)}`;
  return result.terms
    .map(
      ({ sign, metric, matchers }) =>
        `${sign === 1 ? "+" : "-"}${metric}{${matchers.map(printMatcher).join(",")}}`,
    )
    .join(" ");
}

describe("counterTerms", () => {
  it.each([
    ["sum(rate(a[5m]))", "+a{}"],
    ["sum(increase(a[5m]))", "+a{}"],
    ["rate(a[5m])", "+a{}"],
    ["(sum((rate((a)[5m]))))".replace("(a)[5m]", "a[5m]"), "+a{}"],
    ['sum(rate({__name__="a", code="200"}[5m]))', '+a{code="200"}'],
    ['sum(rate(a{z="1", b!~"x|y"}[5m])) + sum(rate(b[5m]))', '+a{b!~"x|y",z="1"} +b{}'],
    ["sum(rate(a[5m])) - (sum(rate(b[5m])) - sum(rate(c[5m])))", "+a{} -b{} +c{}"],
    ["-sum(rate(a[5m])) + sum(rate(b[5m]))", "-a{} +b{}"],
    ["sum by () (rate(a[5m]))", "+a{}"],
    ["sum(rate(a[5m])) or vector(0)", "+a{}"],
    ['sum(rate(took_bucket{le="0.3"}[1h]))', '+took_bucket{le="0.3"}'],
  ])("reads %s as counter increases", (query, expected) => {
    expect(compile(query)).toBe(expected);
  });

  it("takes a selector alone for a counter where it is said to be one", () => {
    expect(compile('sum(a{code="200"}) - sum(b)', true)).toBe('+a{code="200"} -b{}');
    expect(compile("a", true)).toBe("+a{}");
    expect(compile("a")).toBe("no: a selector without rate() or increase() at a");
  });

  it.each([
    ["sum by (code) (rate(a[5m]))", "sum by labels"],
    ["sum without (code) (rate(a[5m]))", "sum without labels"],
    ["avg(rate(a[5m]))", "the aggregation avg"],
    ["sum(irate(a[5m]))", "the function irate()"],
    ["sum(rate(a[5m] offset 1m))", "offset"],
    ["sum(rate(a[5m] @ end()))", "@"],
    ["sum(rate(a[5m])) * 2", "the operator *"],
    ["sum(rate(a[5m])) + 1", "a number beside a sum"],
    ["sum(rate(a[5m])) / sum(rate(b[5m]))", "the operator /"],
    ["rate(a[5m]) + rate(b[5m])", "series that are not summed"],
    ["sum(rate(a[5m]) + rate(b[5m]))", "the operator + within a sum"],
    ["sum(rate(a[5m])) + sum(rate(b[10m]))", "ranges of different lengths"],
    ["sum(rate(a[5m])) + sum(increase(b[5m]))", "increase beside rate"],
    ['sum(rate({job="x"}[5m]))', "a selector that does not name one metric"],
    ['sum(rate({__name__=~"a|b"}[5m]))', "a selector that does not name one metric"],
    ["sum(rate(rate(a[5m])[1h:]))", "a subquery"],
    ["vector(1)", "the function vector()"],
    ["1", "a number"],
    ["histogram_fraction(0, 0.3, sum(rate(took[5m])))", "the function histogram_fraction()"],
  ])("refuses %s with the reason", (query, reason) => {
    expect(compile(query)).toMatch(`no: ${reason} at`);
  });
});
