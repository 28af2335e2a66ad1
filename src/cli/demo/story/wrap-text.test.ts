import { array, assert, constantFrom, integer, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth, wrapText } from "./wrap-text.ts";

const text = array(string({ unit: constantFrom("a", "狼", "🔥", "é", " ", " ") }), { maxLength: 40 }).map(
  (parts) => parts.join(" "),
);

describe("wrapping", () => {
  it("never exceeds the width and loses nothing but spaces", () => {
    assert(
      property(text, integer({ min: 20, max: 100 }), integer({ min: 0, max: 8 }), (text, width, indent) => {
        const lines = wrapText(text, width, " ".repeat(indent));
        for (const line of lines)
          if (line.trim() !== "") expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });

  it("keeps what fits as it is, columns of a table included", () => {
    expect(wrapText("    name   99 %   met", 40)).toEqual(["    name   99 %   met"]);
  });

  it("indents what follows the first line", () => {
    expect(wrapText("  one two three", 9, "    ")).toEqual(["  one two", "    three"]);
  });

  it("counts colours as nothing and emoji as two columns", () => {
    expect(displayWidth("\u001B[31mred\u001B[39m")).toBe(3);
    expect(displayWidth("🔥 狼煙")).toBe(7);
  });
});
