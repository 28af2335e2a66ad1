import fc from "fast-check";
import type {
  Condition,
  FieldExpression,
  Pipeline,
  Query,
  Scalar,
  SpansetExpression,
  Stage,
} from "../../src/traceql/query.ts";
import { SPANSET_OPERATORS } from "../../src/traceql/query.ts";
import { parseTraceQuery } from "../../src/traceql/parse-query.ts";
import { printQuery } from "../../src/traceql/print-query.ts";

/** Comparisons as people write them, over what `arbitraryTraces` has. */
const COMPARISONS = [
  'span.a = "a"',
  "span.n > 1",
  ".n >= 2",
  ".a != nil",
  "resource.b = nil",
  "span.a",
  "!(.b = false)",
  'name = "a"',
  'name =~ "a|b"',
  "kind = server",
  "status = error",
  'statusMessage != ""',
  "duration > 1ms",
  "duration <= 100ms",
  'resource.service.name = "front"',
  'resource.service.name != "db"',
  "nestedSetParent < 0",
  "nestedSetParent >= 1",
  "nestedSetLeft > 2",
  "nestedSetRight < 7",
  'rootName = "a"',
  'rootServiceName =~ "front|db"',
  "rootServiceName != nil",
  "traceDuration > 5s",
  "traceDuration <= 1s",
  "span:childCount > 1",
  'trace:id = "00000000000000000000000000000001"',
  'trace:id =~ ".*2"',
  'span:id != "0000000000000101"',
  'span:parentID = "0000000000000101"',
  "span:parentID != nil",
  "span:parentID = nil",
  'event:name = "a"',
  'event:name != "a"',
  "event:name = nil",
  "event:timeSinceStart > 1ms",
  'event.a = "a"',
  "event.n > 1",
  "event.b = nil",
  "link.n != nil",
  'link:traceID = "00000000000000000000000000000002"',
  "link:spanID = nil",
  'instrumentation:name = "lib-a"',
  'instrumentation:version !~ "2.*"',
  "instrumentation.x = nil",
  "span.n + 1 > 2",
  "span.n * 2 >= .n + 0.5",
  "duration / 2 > 1ms",
  "duration - 1ms >= 0",
  "-span.n < 0",
  "span.n % 2 = 1",
  "span.n ^ 2 > 3",
  "span.a = resource.a",
  ".n != span.n",
  "2 < span.n",
  "true",
  "false",
];

function conditionOf(text: string): Condition {
  const parsed = parseTraceQuery(`{ ${text} }`);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  const { spansets } = parsed.query.pipeline;
  if (spansets.type !== "filter") throw new Error(text);
  return spansets.condition;
}

function fieldOf(text: string): FieldExpression {
  const parsed = parseTraceQuery(`{ } | by(${text})`);
  const [stage] = parsed.ok ? parsed.query.pipeline.stages : [];
  if (stage?.type !== "by") throw new Error(text);
  return stage.fields[0]!;
}

const comparison = fc.constantFrom(...COMPARISONS.map(conditionOf));

const flat = (type: "all" | "any", operands: readonly Condition[]): Condition => ({
  type,
  operands: operands.flatMap((operand) => (operand.type === type ? operand.operands : [operand])),
});

export const arbitraryCondition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2, depthIdentifier: "condition" },
    { weight: 5, arbitrary: comparison },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom("all" as const, "any" as const),
          fc.array(tie("condition"), { minLength: 2, maxLength: 3 }),
        )
        .map(([type, operands]) => flat(type, operands)),
    },
    { weight: 1, arbitrary: tie("condition").map((operand): Condition => ({ type: "not", operand })) },
  ),
})).condition;

const field = fc.constantFrom(
  ...[
    "name",
    "kind",
    "status",
    "resource.service.name",
    "span.a",
    ".n",
    "span.n",
    "event:name",
    "rootName",
  ].map(fieldOf),
);
const numeric = fc.constantFrom(
  ...["duration", "span.n", ".n", "duration / 2", "span.n * 3", "traceDuration"].map(fieldOf),
);

const scalar: fc.Arbitrary<Scalar> = fc.letrec<{ scalar: Scalar }>((tie) => ({
  scalar: fc.oneof(
    { maxDepth: 1 },
    fc.constant<Scalar>({ type: "aggregate", aggregate: { type: "count" } }),
    fc
      .tuple(fc.constantFrom("avg" as const, "min" as const, "max" as const, "sum" as const), numeric)
      .map(([type, field]): Scalar => ({ type: "aggregate", aggregate: { type, field } })),
    fc
      .tuple(fc.constantFrom("+" as const, "*" as const, "-" as const), tie("scalar"), tie("scalar"))
      .map(([operator, left, right]): Scalar => ({ type: "arithmetic", operator, left, right })),
  ),
})).scalar;

const number: fc.Arbitrary<Scalar> = fc
  .constantFrom(0n, 1n, 2n, 3n)
  .map((value) => ({ type: "literal", literal: { type: "int", value } }));

const stage: fc.Arbitrary<Stage> = fc.oneof(
  arbitraryCondition.map((condition): Stage => ({ type: "filter", condition })),
  fc
    .tuple(fc.constantFrom("=" as const, "!=" as const, ">" as const, "<=" as const), scalar, number)
    .filter(([, left, right]) => !lacksUnit(left, right))
    .map(([operator, left, right]): Stage => ({ type: "scalar", operator, left, right })),
  fc
    .tuple(fc.constantFrom("by" as const, "select" as const), fc.array(field, { minLength: 1, maxLength: 2 }))
    .map(([type, fields]): Stage => ({ type, fields })),
  fc.constant<Stage>({ type: "coalesce" }),
);

const lacksUnit = (left: Scalar, right: Scalar): boolean =>
  left.type === "aggregate" &&
  left.aggregate.type !== "count" &&
  right.type === "literal" &&
  "value" in right.literal &&
  right.literal.value !== 0n;

const tied = fc.letrec<{ spansets: SpansetExpression; pipeline: Pipeline }>((tie) => ({
  spansets: fc.oneof(
    { maxDepth: 3, depthIdentifier: "spansets" },
    {
      weight: 3,
      arbitrary: arbitraryCondition.map((condition): SpansetExpression => ({ type: "filter", condition })),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...SPANSET_OPERATORS), tie("spansets"), tie("spansets"))
        .map(([operator, left, right]): SpansetExpression => ({ type: "operation", operator, left, right })),
    },
    {
      weight: 1,
      arbitrary: tie("pipeline")
        .filter(({ stages }) => stages.length > 0)
        .map((pipeline): SpansetExpression => ({ type: "pipeline", pipeline })),
    },
  ),
  pipeline: fc.record({ spansets: tie("spansets"), stages: fc.array(stage, { maxLength: 2 }) }),
}));

/** Pipelines as the parser would build them. */
export const arbitraryPipeline: fc.Arbitrary<Pipeline> = tied.pipeline;

export const arbitraryMetric: fc.Arbitrary<NonNullable<Query["metric"]>> = fc.record({
  function: fc.oneof(
    fc.constantFrom({ type: "rate" } as const, { type: "count_over_time" } as const),
    fc.record({
      type: fc.constantFrom(
        "min_over_time" as const,
        "max_over_time" as const,
        "avg_over_time" as const,
        "sum_over_time" as const,
        "histogram_over_time" as const,
      ),
      field: numeric,
    }),
    fc.record({
      type: fc.constant("quantile_over_time" as const),
      field: numeric,
      quantiles: fc.uniqueArray(fc.constantFrom(0, 0.5, 0.9, 1), { minLength: 1, maxLength: 2 }),
    }),
  ),
  by: fc.array(field, { maxLength: 2 }),
  keep: fc.array(
    fc.record({
      type: fc.constantFrom("topk" as const, "bottomk" as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 1 },
  ),
});

/** A query as its text. */
export const printPipelineQuery = (pipeline: Pipeline): string =>
  printQuery({ pipeline, metric: undefined, hints: [] });
