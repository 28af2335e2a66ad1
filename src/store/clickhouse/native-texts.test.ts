import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNativeTexts } from "./native-texts.ts";
import { RowBinaryWriter } from "./row-binary.ts";

describe("native texts", () => {
  it("are the texts of a row format, one after the other, of any length and alphabet", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "grapheme" }),
      fc.string({ minLength: 120, maxLength: 140 }),
      fc.constant("x".repeat(70_000)),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 700 }), (texts) => {
        const native = createNativeTexts();
        const rows = new RowBinaryWriter();
        for (const one of texts) {
          native.add(one);
          rows.string(one);
        }
        expect(Buffer.compare(native.bytes(), rows.bytes())).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
