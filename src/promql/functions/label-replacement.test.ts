import { describe, expect, it } from "vitest";
import { createLabelReplacement } from "./label-replacement.ts";
import { QueryError } from "../query-error.ts";

describe("label_replace()'s replacement", () => {
  it.each([
    ["(.*)-(.*)", "$2/$1", "a-b", "b/a"],
    ["(.*)-(.*)", "${2}x", "a-b", "bx"],
    ["(.*)-(.*)", "$2x", "a-b", ""],
    ["(?P<first>.*)-.*", "$first!", "a-b", "a!"],
    [".*", "$$1 and $", "a", "$1 and $"],
    ["(a)|b", "<$1>", "b", "<>"],
    ["(.*)", "$7", "a", ""],
    ["a.c", "dot", "a\nc", "dot"],
  ])("%s as %s of %j", (pattern, template, value, result) => {
    expect(createLabelReplacement(pattern, template)(value)).toBe(result);
  });

  it("must match the whole value", () => {
    expect(createLabelReplacement("b", "x")("abc")).toBeUndefined();
  });

  it("refuses a pattern that is none", () => {
    expect(() => createLabelReplacement("(", "x")).toThrow(QueryError);
  });
});
