import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floatText } from "./float-text.ts";

describe("floatText", () => {
  it.each([
    [1e23, "100000000000000000000000"],
    [1.5e21, "1500000000000000000000"],
    [1e-7, "0.0000001"],
    [-2.5e-10, "-0.00000000025"],
    [-0, "-0"],
    [0.1, "0.1"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [NaN, "NaN"],
  ])("writes %f in full", (value, text) => {
    expect(floatText(value)).toBe(text);
  });

  it("is read back as the same number, and has no exponent", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = floatText(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text)).toBe(value);
      }),
    );
  });
});
