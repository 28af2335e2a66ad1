import { describe, expect, it } from "vitest";
import { matches, parseMatcher, printMatcher } from "./label-matcher.ts";

const LABELS = { service: "payment", owner: "payments" };

describe("matchers", () => {
  it.each([
    ['service="payment"', true],
    ["service=payment", true],
    ["service != ledger", true],
    ['service=~"pay.*"', true],
    ["service=~pay", false],
    ["service!~led.*", true],
    ['region=""', true],
    ['region!=""', false],
    ['owner=~"a|payments"', true],
  ])("%s: %s", (text, expected) => {
    const read = parseMatcher(text);
    if (!read.ok) throw new Error(read.problem);
    expect(matches(read.matcher, LABELS)).toBe(expected);
    expect(parseMatcher(printMatcher(read.matcher))).toEqual(read);
  });

  it.each(["payment", "=x", 'service=~"("', "a b=c", ""])("refuses %j and says what to write", (text) => {
    expect(parseMatcher(text)).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/matcher|regular/),
    });
  });

  it("keeps quotes in a value", () => {
    const matcher = { label: "a", operator: "=", value: String.raw`say "hi" \ bye` } as const;
    expect(parseMatcher(printMatcher(matcher))).toEqual({ ok: true, matcher });
  });
});
