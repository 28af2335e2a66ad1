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
});
