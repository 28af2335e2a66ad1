import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryFilter } from "../../test/contract/arbitrary-filters.ts";
import { arbitraryMetric, arbitraryPipeline } from "../../test/contract/arbitrary-queries.ts";
import { arbitraryTraces, batchOfSpans } from "../../test/contract/arbitrary-traces.ts";
import { compilePipeline } from "./eval/evaluate-pipeline.ts";
import { viewTrace } from "./eval/trace-view.ts";
import { parseTraceQuery } from "./parse-query.ts";
import { printFilter } from "./print-filter.ts";
import { printQuery } from "./print-query.ts";
import type { SpanFilter } from "./span-filter.ts";
import { compilePredicate } from "./span-predicate.ts";

const errorOf = (text: string) => {
  const parsed = parseTraceQuery(text);
  if (parsed.ok) throw new Error(`${text} was read as ${printQuery(parsed.query)}`);
  return parsed.error;
};

const printed = (text: string) => {
  const parsed = parseTraceQuery(text);
  return parsed.ok ? printQuery(parsed.query) : parsed.error.message;
};

describe("a query that is read", () => {
  it.each([
    ["{}", "{ }"],
    ["{span:duration>1500ms}", "{ duration > 1500ms }"],
    ['{trace:rootService="a"&&trace:duration>1m}', '{ rootServiceName = "a" && traceDuration > 1m }'],
    ["{ span.a -1 = 2 }", "{ span.a - 1 = 2 }"],
    ["{ span.a-1 = 2 }", "{ span.a-1 = 2 }"],
    ["{ 1s < traceDuration }", "{ traceDuration > 1s }"],
    ["{ 2 ^ 3 ^ span.n > (1 + 2) * 3 }", "{ 2 ^ 3 ^ span.n > (1 + 2) * 3 }"],
    ["{ a - 1 > 2 }", "a is not known"],
    ["{}>>{}&>{}||{}&&{}", "{ } >> { } &> { } || { } && { }"],
    ["{}>>({}||{})", "{ } >> ({ } || { })"],
    ["(({ }))|count()>2", "{ } | count() > 2"],
    ["{}|by(name,.a)|select(span.b)|coalesce()", "{ } | by(name, .a) | select(span.b) | coalesce()"],
    ["{}|rate()by(resource.service.name)|topk(5)", "{ } | rate() by (resource.service.name) | topk(5)"],
    ["{}|quantile_over_time(duration,.5,0.99)", "{ } | quantile_over_time(duration, 0.5, 0.99)"],
    [
      "{} | histogram_over_time(duration) with(exemplars=true)",
      "{ } | histogram_over_time(duration) with (exemplars = true)",
    ],
    ["{ event.exception.type != nil }", "{ event.exception.type != nil }"],
    ['{ span."a b".c = 1 }', '{ span."a b.c" = 1 }'],
  ])("%s is %s", (text, canonical) => expect(printed(text)).toBe(canonical));
});

describe("what is wrong is said with its place and what to write", () => {
  it.each([
    ["", 0, "the query is empty", "{ } matches every span"],
    ["name = 1", 0, "the braces are missing", "conditions stand in braces: { … }"],
    ["{ traceDuration > 5 }", 18, "a duration is compared with a number", "give the unit: 5ms, 5s"],
    [
      "{ duration > 5 }",
      13,
      "duration is compared with a duration, not with a number without a unit",
      "give the unit: 5ms, 5s",
    ],
    ["{ span.a = 1 = 2 }", 13, "a comparison has two sides", "join conditions with && or ||"],
    ["{ name }", 7, "} is not expected here", "expected a comparison (=, !=, =~, !~, <, <=, >, >=)"],
    ["{ rootname = 1 }", 2, "rootname is not known", "did you mean rootName?"],
    ["{ name == 1 }", 7, "== is not an operator", "write ="],
    [
      '{ event:name =~ "(" }',
      16,
      "not a regular expression (RE2): missing closing ): `(`",
      "mend the pattern; a plain text is compared with = or !=",
    ],
    ["{ parent.a = 1 }", 2, "parent. attributes are not supported here", "ask the parent with { … } > { … }"],
    ["{ span.a = 1 and span.b = 2 }", 13, "and is not expected here", "write &&"],
    [
      "{ } |",
      5,
      "the query ends too early",
      "expected by(…), select(…), coalesce(), { … }, or an aggregate such as count() > 2",
    ],
    [
      "{ } | count()",
      13,
      "the query ends too early",
      "expected a comparison of the aggregate (=, !=, <, <=, >, >=)",
    ],
    ["{ } | avg(duration) > 5", 22, "a duration is compared with a number", "give the unit: 5ms, 5s"],
    [
      "{ } | sum(name) > 5",
      10,
      "sum needs numbers or durations",
      "as in duration or span.http.response.body.size",
    ],
    ["{ } | rate() > 5", 13, "> is not expected here", "expected | topk(…) or the end"],
    ["{ } | quantile_over_time(duration, 99)", 35, "99 is not a quantile", "quantiles are from 0 to 1"],
    [
      "{ } | compare({ status = error })",
      6,
      "compare() is not supported",
      "ask for rate() by (…) of both selections",
    ],
    ["({ } | rate()) && { }", 5, "metrics end a query", "put them after the parentheses"],
    ["{ } | topk(3)", 6, "topk keeps series of metrics", "as in | rate() by (name) | topk(10)"],
    ["{ } { }", 4, "{ is not expected here", "expected an operator between spansets, | or the end"],
  ])("%s", (text, position, message, hint) => {
    expect(errorOf(text)).toMatchObject({ position, message, hint });
  });

  it("refuses what is nested or long without end, instead of using up the stack", () => {
    expect(errorOf(`${"(".repeat(5_000)}{ }`).message).toContain("nested deeper");
    expect(errorOf(`{ ${"!".repeat(5_000)}.a }`).message).toContain("nested deeper");
    expect(errorOf(`{ ${"-".repeat(5_000)}.a = 1 }`).message).toContain("nested deeper");
    expect(errorOf(`{ .a ${"^ 2".repeat(2_000)} = 1 }`).message).toContain("nested deeper");
    expect(errorOf(`{ } ${"> { }".repeat(2_000)}`).message).toContain("more than 1000 terms");
    expect(errorOf("{ }".repeat(10_000)).message).toContain("longer than");
  });
});

describe("reading and printing", () => {
  it("a printed query is read as the same query", () => {
    fc.assert(
      fc.property(arbitraryPipeline, fc.option(arbitraryMetric, { nil: undefined }), (pipeline, metric) => {
        const query = { pipeline, metric, hints: [] };
        const text = printQuery(query);
        expect({ text, parsed: parseTraceQuery(text) }).toEqual({ text, parsed: { ok: true, query } });
      }),
      { numRuns: 500 },
    );
  });

  it("garbage is refused with a place inside of it, never with a crash", () => {
    const piece = fc.constantFrom(
      ...'{ } ( ) | && || > >> < << ~ !> !~ &> = != =~ + - * / % ^ ! , . " ` 1 2s 1e9 -1 nil true server error'.split(
        " ",
      ),
      ..."span.a .b name duration count() by( rate() topk( with event:name trace:id quantile_over_time(".split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(" ")),
      fc.array(piece, { maxLength: 25 }).map((pieces) => `{ ${pieces.join("")}`),
    );
    fc.assert(
      fc.property(text, (garbage) => {
        const parsed = parseTraceQuery(garbage);
        if (parsed.ok) expect(parseTraceQuery(printQuery(parsed.query))).toEqual(parsed);
        else {
          expect(parsed.error.position).toBeGreaterThanOrEqual(0);
          expect(parsed.error.position).toBeLessThanOrEqual(garbage.length);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

/** On an arriving span the root's names are known on the root alone. */
const asksForRoot = (filter: SpanFilter): boolean => {
  if (filter.type === "comparison")
    return filter.field.type === "intrinsic" && filter.field.name.startsWith("root");
  if (filter.type === "not") return asksForRoot(filter.operand);
  return filter.type === "all" || filter.type === "any" ? filter.operands.some(asksForRoot) : false;
};

describe("an SLI filter", () => {
  it("means the same as a query", () => {
    fc.assert(
      fc.property(
        arbitraryTraces(0, 4),
        fc.array(
          arbitraryFilter.filter((filter) => !asksForRoot(filter)),
          { minLength: 10, maxLength: 10 },
        ),
        (traces, filters) => {
          for (const filter of filters) {
            const text = printFilter(filter);
            const parsed = parseTraceQuery(text);
            if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
            const evaluate = compilePipeline(parsed.query.pipeline);
            for (const trace of traces) {
              const view = viewTrace(trace);
              const test = compilePredicate(filter)(batchOfSpans(view.spans));
              const taken = view.spans.filter((_, row) => test(row)).map(({ spanId }) => spanId);
              const found = evaluate(view).flatMap(({ spans }) => spans.map(({ spanId }) => spanId));
              expect({ text, found }).toEqual({ text, found: taken });
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
