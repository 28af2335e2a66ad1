import fc from "fast-check";
import type {
  AttributeScope,
  Comparison,
  Field,
  Literal,
  SpanFilter,
} from "../../src/traceql/span-filter.ts";
import { KIND_NAMES, STATUS_NAMES } from "../../src/traceql/span-filter.ts";
import { NASTY_DOUBLES, NASTY_INTS, NASTY_KEYS, NASTY_STRINGS } from "./arbitrary-spans.ts";

/** Patterns that every RE2 reads alike, on the values that arbitrary spans have. */
const PATTERNS = [
  "",
  ".",
  ".*",
  ".+",
  "a",
  "a|ab",
  "(?i)a",
  "(?i)É",
  "[^a]",
  "[0-9]+",
  "5..",
  "a.b",
  "a\nb",
  "a\\nb",
  "\\\\",
  "\\\\n",
  "it's",
  "it\\'s|x",
  "GET /x/\\d+",
  "(GET|POST) .*",
  "^a$",
  "a$",
  "(?m)a$",
  "(?m)^a$.*",
  "(?-s).*",
  "\\x{1f525}",
  "\\p{L}+",
  "\\P{L}*",
  "[[:alpha:]]*",
  "(a|b)*",
  "a?b?",
  "\\Qa\\E",
  ".*é.*",
  "日.",
  "[^\\n]*",
  "\\s",
  "\\x00",
  "a\\x00b",
  "|a",
  "a||b",
  "(?U)a.*",
  "a{0,2}b?",
  "\\bab\\b",
  "%",
  "_",
  "\\{x:String\\}",
];

const scope = fc.constantFrom<AttributeScope>("span", "resource", "any");
const attribute: fc.Arbitrary<Field> = fc.record({
  type: fc.constant("attribute" as const),
  scope,
  key: fc.constantFrom(...NASTY_KEYS),
});
const stringField: fc.Arbitrary<Field> = fc
  .constantFrom("name" as const, "statusMessage" as const, "rootName" as const, "rootServiceName" as const)
  .map((name) => ({ type: "intrinsic", name }));
const anyIntrinsic: fc.Arbitrary<Field> = fc
  .constantFrom(
    "name" as const,
    "kind" as const,
    "status" as const,
    "duration" as const,
    "rootName" as const,
    "rootServiceName" as const,
  )
  .map((name) => ({ type: "intrinsic", name }));

const finite = NASTY_DOUBLES.filter((value) => Number.isFinite(value) && !Object.is(value, -0));
const string = fc.constantFrom(...NASTY_STRINGS).map((value): Literal => ({ type: "string", value }));
const duration = fc
  .constantFrom(
    0n,
    1n,
    -5n,
    999_999n,
    1_000_000n,
    300_000_000n,
    90_000_000_000n,
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  )
  .map((nanos): Literal => ({ type: "duration", nanos }));
const number: fc.Arbitrary<Literal> = fc.oneof(
  fc.constantFrom(...NASTY_INTS).map((value): Literal => ({ type: "int", value })),
  fc
    .oneof(
      fc.constantFrom(...finite),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    )
    .map((value): Literal => ({ type: "float", value })),
  duration,
);

const equality = fc.constantFrom("=" as const, "!=" as const);
const ordering = fc.constantFrom(
  "=" as const,
  "!=" as const,
  "<" as const,
  "<=" as const,
  ">" as const,
  ">=" as const,
);
const regex = fc.constantFrom("=~" as const, "!~" as const);
const comparison = (
  field: fc.Arbitrary<Field>,
  operator: fc.Arbitrary<Comparison["operator"]>,
  literal: fc.Arbitrary<Literal>,
) => fc.record({ type: fc.constant("comparison" as const), field, operator, literal });

const intrinsic = <N extends "kind" | "status" | "duration">(name: N): fc.Arbitrary<Field> =>
  fc.constant({ type: "intrinsic", name });

/** Every kind of comparison that the parser lets through. */
export const arbitraryComparison: fc.Arbitrary<SpanFilter> = fc.oneof(
  comparison(fc.oneof(attribute, stringField), ordering, string),
  comparison(
    fc.oneof(attribute, stringField),
    regex,
    fc.constantFrom(...PATTERNS).map((value): Literal => ({ type: "string", value })),
  ),
  { weight: 2, arbitrary: comparison(attribute, ordering, number) },
  comparison(
    attribute,
    equality,
    fc.boolean().map((value): Literal => ({ type: "boolean", value })),
  ),
  comparison(fc.oneof(attribute, anyIntrinsic), equality, fc.constant<Literal>({ type: "nil" })),
  comparison(
    intrinsic("kind"),
    equality,
    fc.constantFrom(...KIND_NAMES).map((value): Literal => ({ type: "kind", value })),
  ),
  comparison(
    intrinsic("status"),
    equality,
    fc.constantFrom(...STATUS_NAMES).map((value): Literal => ({ type: "status", value })),
  ),
  comparison(intrinsic("duration"), ordering, duration),
  fc.boolean().map((value) => ({ type: "root", value }) as const),
);

/** Any filter, as the parser would build it: operands of one type are not nested in themselves. */
export const arbitraryFilter: fc.Arbitrary<SpanFilter> = fc.letrec<{ filter: SpanFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthIdentifier: "filter" },
    { weight: 4, arbitrary: arbitraryComparison },
    { weight: 1, arbitrary: fc.boolean().map((value): SpanFilter => ({ type: "constant", value })) },
    {
      weight: 2,
      arbitrary: fc
        .array(tie("filter"), { minLength: 2, maxLength: 4 })
        .map((operands) => flat("all", operands)),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(tie("filter"), { minLength: 2, maxLength: 4 })
        .map((operands) => flat("any", operands)),
    },
    { weight: 2, arbitrary: tie("filter").map((operand): SpanFilter => ({ type: "not", operand })) },
  ),
})).filter;

function flat(type: "all" | "any", operands: readonly SpanFilter[]): SpanFilter {
  return {
    type,
    operands: operands.flatMap((operand) => (operand.type === type ? operand.operands : [operand])),
  };
}
