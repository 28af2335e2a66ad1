import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryComparison, arbitraryFilter } from "../../test/contract/arbitrary-filters.ts";
import { arbitraryBatch, NASTY_STRINGS } from "../../test/contract/arbitrary-spans.ts";
import { sampleAttributes, sampleSpans } from "../../test/contract/sample-spans.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import { printFilter } from "../traceql/print-filter.ts";
import { groupCondition, parseGroupField } from "../traceql/group-field.ts";
import { parseSpanFilter } from "../traceql/parse-span-filter.ts";
import type { SpanFilter } from "../traceql/span-filter.ts";
import { compilePredicate } from "../traceql/span-predicate.ts";
import { createSpanCounter } from "./count-spans.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

function indicator(
  id: string,
  total: SpanFilter,
  select: SpanFilter,
  outcome: "good" | "bad",
): ParsedIndicator {
  return { id, total, totalText: printFilter(total), select, outcome };
}

function filter(text: string): SpanFilter {
  const parsed = parseSpanFilter(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.filter;
}

/** The definition, without anything clever. */
function countPlainly(indicators: readonly ParsedIndicator[], batches: readonly SpanBatch[]): CountDelta[] {
  const counts = new Map<string, CountDelta>();
  for (const { id, total, select, outcome } of indicators) {
    for (const batch of batches) {
      const isEvent = compilePredicate(total)(batch);
      const isSelected = compilePredicate(select)(batch);
      for (let row = 0; row < batch.count; row += 1) {
        if (!isEvent(row)) continue;
        const bucketMs = bucketStartMs(batch.endMs[row]!);
        const before = counts.get(`${id} ${bucketMs}`) ?? { indicator: id, bucketMs, good: 0, total: 0 };
        const good = before.good + Number(isSelected(row) === (outcome === "good"));
        counts.set(`${id} ${bucketMs}`, { ...before, good, total: before.total + 1 });
      }
    }
  }
  return [...counts.values()];
}

const byKey = (deltas: readonly CountDelta[]) =>
  [...deltas].sort((a, b) => a.bucketMs - b.bucketMs || a.indicator.localeCompare(b.indicator));

describe("createSpanCounter", () => {
  it("counts what the filters say, whatever the indicators have in common", () => {
    const pinned = fc
      .tuple(fc.constantFrom(...NASTY_STRINGS), arbitraryComparison)
      .map(([value, other]): SpanFilter => {
        const field = { type: "attribute", scope: "resource", key: "service.name" } as const;
        const literal = { type: "string", value } as const;
        return { type: "all", operands: [{ type: "comparison", field, operator: "=", literal }, other] };
      });
    const total = fc.oneof(pinned, arbitraryFilter);
    fc.assert(
      fc.property(
        fc.array(total, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(), arbitraryFilter, fc.constantFrom("good" as const, "bad" as const)), {
          maxLength: 8,
        }),
        fc.array(
          arbitraryBatch(fc.integer({ min: 1_750_000_000_000, max: 1_750_000_040_000 }), { maxLength: 20 }),
          { maxLength: 3 },
        ),
        (totals, definitions, batches) => {
          const indicators = definitions.map(([i, select, outcome], at) =>
            indicator(`i${at}`, totals[i % totals.length]!, select, outcome),
          );
          const count = createSpanCounter(indicators);
          const expected = byKey(countPlainly(indicators, batches));
          expect(byKey(count(batches).deltas)).toEqual(expected);
          // Nothing stays behind from one group to the next.
          expect(byKey(count(batches).deltas)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("counts groups of events by the values of fields as their conditions say", () => {
    const fields = ["span.a", ".a", "resource.a", "resource.service.name", "name", "kind", "status"].map(
      (text) => parseGroupField(text)!,
    );
    const key = fc.oneof(
      fc.constantFrom("n", "b1", "b0", "i0", "i5", "i500", "s"),
      fc.constantFrom(...NASTY_STRINGS).map((text) => `s${text}`),
    );
    const conditions = fc.array(
      fc.tuple(fc.constantFrom(...fields), key).map(([field, value]) => {
        if (field.type === "attribute") return groupCondition(field, value)!;
        const own = { name: `s${value.slice(1)}`, kind: "kserver", status: "tok" }[field.name];
        return groupCondition(field, own)!;
      }),
      { minLength: 1, maxLength: 3 },
    );
    const select = fc.constantFrom(filter("{ status = error }"), filter("{ span.a != nil }"));
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(filter("{ }"), filter("{ kind = server }"), filter('{ .a != 5 || name = "a" }')),
          {
            minLength: 1,
            maxLength: 2,
          },
        ),
        fc.array(fc.tuple(fc.nat(), conditions, select, fc.boolean()), { maxLength: 20 }),
        fc.array(
          arbitraryBatch(fc.integer({ min: 1_750_000_000_000, max: 1_750_000_040_000 }), { maxLength: 20 }),
          { maxLength: 3 },
        ),
        (bases, definitions, batches) => {
          const indicators = definitions.map(([i, groups, selected, isWhole], at) => {
            const base = bases[i % bases.length]!;
            const operands = [base.type === "all" ? base.operands : [base], isWhole ? [] : groups].flat();
            const total: SpanFilter = operands.length === 1 ? operands[0]! : { type: "all", operands };
            return indicator(`i${at}`, total, selected, at % 3 === 0 ? "bad" : "good");
          });
          const count = createSpanCounter(indicators);
          expect(byKey(count(batches).deltas)).toEqual(byKey(countPlainly(indicators, batches)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("puts a late span into the bucket in which it ended, and names the chunk", () => {
    const total = filter('{ resource.service.name = "payment" }');
    const count = createSpanCounter([
      indicator("bad", total, filter("{ span.code >= 500 }"), "bad"),
      indicator("good", total, filter("{ span.code < 500 }"), "good"),
    ]);
    const now = 1_750_000_009_999;
    const { deltas, touched } = count([
      sampleSpans([
        { endMs: now, attributes: sampleAttributes({ code: 200 }) },
        { endMs: now + 1, attributes: sampleAttributes({ code: 503 }) },
        { endMs: now - 3_600_000, attributes: sampleAttributes({ code: 200 }) },
        { endMs: now, attributes: sampleAttributes({}) },
        { endMs: now, service: "other", attributes: sampleAttributes({ code: 200 }) },
      ]),
    ]);
    // A span without the attribute is not bad, and not good.
    expect(byKey(deltas)).toEqual([
      { indicator: "bad", bucketMs: 1_749_996_400_000, good: 1, total: 1 },
      { indicator: "good", bucketMs: 1_749_996_400_000, good: 1, total: 1 },
      { indicator: "bad", bucketMs: 1_750_000_000_000, good: 2, total: 2 },
      { indicator: "good", bucketMs: 1_750_000_000_000, good: 1, total: 2 },
      { indicator: "bad", bucketMs: 1_750_000_010_000, good: 0, total: 1 },
      { indicator: "good", bucketMs: 1_750_000_010_000, good: 0, total: 1 },
    ]);
    expect(touched.filter((chunk) => chunk.indicator === "bad").map((chunk) => chunk.chunkMs)).toEqual([
      1_749_999_600_000, 1_749_996_000_000,
    ]);
  });
});
