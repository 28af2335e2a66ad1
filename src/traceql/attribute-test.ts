import { AttributeType } from "../model/attributes.ts";
import type { Attributes } from "../model/attributes.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import type { LiteralMatcher } from "./literal-matcher.ts";
import { fixedFilter } from "./row-test.ts";
import type { CompiledFilter, RowTest } from "./row-test.ts";
import type { AttributeScope } from "./span-filter.ts";

/** Where an attribute is in a span's own set: its index, or -1. Shared by every condition on that key. */
export type KeyLookup = (batch: SpanBatch, row: number) => number;

/**
 * Remembers the last set, since many indicators ask the same key of the same span, and tries first the place where the
 * key was on the span before: an instrumentation writes its attributes in one order.
 */
export function createKeyLookup(key: string): KeyLookup {
  let last: Attributes | undefined;
  let lastIndex = -1;
  let usualIndex = 0;
  return (batch, row) => {
    const attributes = batch.attributes[row]!;
    if (attributes === last) return lastIndex;
    last = attributes;
    if (attributes.keys[usualIndex] === key) {
      lastIndex = usualIndex;
    } else {
      lastIndex = attributes.keys.indexOf(key);
      if (lastIndex >= 0) usualIndex = lastIndex;
    }
    return lastIndex;
  };
}

const ATTRIBUTE_COST = 10;

/** One comparison on an attribute. */
export function compileAttributeTest(
  scope: AttributeScope,
  key: string,
  matcher: LiteralMatcher,
  lookup: KeyLookup,
): CompiledFilter {
  const whenMissing = matcher.type === "presence" && !matcher.present;
  const onResource = (attributes: Attributes) => {
    const index = attributes.keys.indexOf(key);
    return index < 0 ? whenMissing : matchesAt(attributes, index, matcher);
  };
  const onSpan = (missing: boolean): RowTest => spanTest(lookup, matcher, missing);
  if (scope === "span") return fixedFilter(onSpan(whenMissing), ATTRIBUTE_COST);
  if (scope === "resource") {
    return { forResource: (resource) => onResource(resource.attributes), fixed: undefined, cost: 0 };
  }
  const otherwiseTrue = onSpan(true);
  const otherwiseFalse = onSpan(false);
  return {
    forResource: (resource) => (onResource(resource.attributes) ? otherwiseTrue : otherwiseFalse),
    fixed: undefined,
    cost: ATTRIBUTE_COST,
  };
}

/** The matcher on the span's own attribute; `missing` is the answer when it is not there. */
function spanTest(lookup: KeyLookup, matcher: LiteralMatcher, missing: boolean): RowTest {
  return (batch, row) => {
    const index = lookup(batch, row);
    return index < 0 ? missing : matchesAt(batch.attributes[row]!, index, matcher);
  };
}

function matchesAt(attributes: Attributes, index: number, matcher: LiteralMatcher): boolean {
  const type = attributes.types[index];
  const value = attributes.values[index];
  switch (matcher.type) {
    case "presence":
      return matcher.present;
    case "string":
      return type === AttributeType.string && matcher.test(value as string);
    case "number":
      return (
        (type === AttributeType.int || type === AttributeType.double) &&
        matcher.test(value as number | bigint)
      );
    case "boolean":
      return type === AttributeType.bool && matcher.test(value as boolean);
  }
}
