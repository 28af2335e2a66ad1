import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryFilter } from "../../test/contract/arbitrary-filters.ts";
import { parseSpanFilter } from "./parse-span-filter.ts";
import { printFilter } from "./print-filter.ts";

describe("printFilter", () => {
  it("prints a text that parses to the same filter", () => {
    fc.assert(
      fc.property(arbitraryFilter, (filter) => {
        expect(parseSpanFilter(printFilter(filter))).toEqual({ ok: true, filter });
      }),
      { numRuns: 2_000 },
    );
  });

  it("is only asked about filters: any other text gets an error that lies within it", () => {
    const words =
      "{ } ( ) ! = != =~ && || >> | \" ` \\ . span. name kind server duration 1h30m 5xx -1 1e999 nil true é + , '";
    const pieces = fc.constantFrom(...words.split(" "), " ", "\n", '"["', "\ud800");
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join("")),
      fc.array(pieces, { maxLength: 20 }).map((parts) => `{ ${parts.join(" ")} }`),
      fc.string({ unit: "binary" }),
      fc.tuple(arbitraryFilter, fc.nat(), fc.nat({ max: 5 }), pieces).map(([filter, at, removed, piece]) => {
        const printed = printFilter(filter);
        const position = at % printed.length;
        return printed.slice(0, position) + piece + printed.slice(position + removed);
      }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const parsed = parseSpanFilter(value);
        if (parsed.ok) {
          expect(parseSpanFilter(printFilter(parsed.filter))).toEqual(parsed);
          return;
        }
        expect(parsed.error.message).not.toBe("");
        expect(parsed.error.position).toBeLessThanOrEqual(value.length);
        expect(parsed.error.line).toBeLessThanOrEqual(value.split("\n").length);
      }),
      { numRuns: 5_000 },
    );
  });
});
