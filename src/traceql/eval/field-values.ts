import type { Attributes } from "../../model/attributes.ts";
import { spanNanos } from "../../model/span.ts";
import type { Span } from "../../model/span.ts";
import type { ArithmeticOperator, FieldExpression, QueryField, QueryIntrinsic } from "../query.ts";
import { KIND_NAMES, STATUS_NAMES } from "../span-filter.ts";
import type { Literal } from "../span-filter.ts";
import { attributeValue, numberOfValue } from "./query-value.ts";
import type { QueryValue } from "./query-value.ts";
import type { TraceView } from "./trace-view.ts";

/** The values of an expression on one span: none where it has none, more than one of events and links. */
export type ValuesOf = (span: Span, view: TraceView) => readonly QueryValue[];

const NONE: readonly QueryValue[] = [];
const one = (value: QueryValue | undefined): readonly QueryValue[] => (value === undefined ? NONE : [value]);
const text = (value: string): readonly QueryValue[] => [{ type: "string", value }];
const nanos = (value: number): readonly QueryValue[] => [{ type: "duration", value }];
const int = (value: number): readonly QueryValue[] => [{ type: "int", value }];

/** What gives the values of a field or of what is computed from fields. */
export function compileValues(expression: FieldExpression): ValuesOf {
  switch (expression.type) {
    case "literal": {
      const values = one(literalValue(expression.literal));
      return () => values;
    }
    case "field":
      return compileField(expression.field);
    case "negative": {
      const operand = compileValues(expression.operand);
      return (span, view) => operand(span, view).flatMap((value) => one(computed(value, value, (a) => -a)));
    }
    case "arithmetic": {
      const left = compileValues(expression.left);
      const right = compileValues(expression.right);
      const compute = ARITHMETIC[expression.operator];
      return (span, view) => {
        const others = right(span, view);
        return left(span, view).flatMap((a) => others.flatMap((b) => one(computed(a, b, compute))));
      };
    }
  }
}

/** In doubles, as the SQL. */
export const ARITHMETIC: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": (a, b) => a ** b,
};

function computed(
  a: QueryValue,
  b: QueryValue,
  compute: (a: number, b: number) => number,
): QueryValue | undefined {
  const left = numberOfValue(a);
  const right = numberOfValue(b);
  if (left === undefined || right === undefined) return undefined;
  const type = a.type === "duration" || b.type === "duration" ? "duration" : "double";
  return { type, value: compute(Number(left), Number(right)) };
}

/** Undefined for nil. */
export function literalValue(literal: Literal): QueryValue | undefined {
  switch (literal.type) {
    case "nil":
      return undefined;
    case "duration":
      return { type: "duration", value: Number(literal.nanos) };
    case "int": {
      const value = Number(literal.value);
      return { type: "int", value: Number.isSafeInteger(value) ? value : literal.value };
    }
    case "float":
      return { type: "double", value: literal.value };
    case "string":
    case "boolean":
    case "kind":
    case "status":
      return literal;
  }
}

function compileField(field: QueryField): ValuesOf {
  if (field.type === "intrinsic") return INTRINSICS[field.name];
  const { scope, key } = field;
  const inSets = (setsOf: (span: Span) => readonly Attributes[]): ValuesOf => {
    return (span) => setsOf(span).flatMap((attributes) => one(attributeValue(attributes, key)));
  };
  switch (scope) {
    case "span":
      return (span) => one(attributeValue(span.attributes, key));
    case "resource":
      return (span) => one(attributeValue(span.resource.attributes, key));
    case "any":
      return (span) =>
        one(attributeValue(span.attributes, key) ?? attributeValue(span.resource.attributes, key));
    case "event":
      return inSets((span) => span.events.map(({ attributes }) => attributes));
    case "link":
      return inSets((span) => span.links.map(({ attributes }) => attributes));
    case "instrumentation":
      return (span) => one(attributeValue(span.scope.attributes, key));
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const INTRINSICS: Readonly<Record<QueryIntrinsic, ValuesOf>> = {
  name: (span) => text(span.name),
  kind: (span) => [{ type: "kind", value: KIND_NAMES[span.kind] ?? "unspecified" }],
  status: (span) => [{ type: "status", value: STATUS_NAMES[span.status] ?? "unset" }],
  statusMessage: (span) => text(span.statusMessage),
  duration: (span) => nanos(spanNanos(span)),
  rootName: (_, view) => text(view.root.name),
  rootServiceName: (_, view) => one(attributeValue(view.root.resource.attributes, "service.name")),
  traceDuration: (_, view) => nanos(view.durationNanos),
  nestedSetParent: (span, view) => int(view.nestedSet().get(span)?.parent ?? 0),
  nestedSetLeft: (span, view) => int(view.nestedSet().get(span)?.left ?? 0),
  nestedSetRight: (span, view) => int(view.nestedSet().get(span)?.right ?? 0),
  "span:childCount": (span, view) => int(view.children.get(span.spanId)?.length ?? 0),
  "trace:id": (span) => text(span.traceId),
  "span:id": (span) => text(span.spanId),
  "span:parentID": (span) => (span.parentSpanId === "" ? NONE : text(span.parentSpanId)),
  "event:name": (span) => span.events.map(({ name }) => ({ type: "string", value: name })),
  "event:timeSinceStart": (span) =>
    span.events.map(({ timeUnixNano }) => ({
      type: "duration",
      value: Number(timeUnixNano - span.startUnixNano),
    })),
  "link:traceID": (span) => span.links.map(({ traceId }) => ({ type: "string", value: hex(traceId) })),
  "link:spanID": (span) => span.links.map(({ spanId }) => ({ type: "string", value: hex(spanId) })),
  "instrumentation:name": (span) => text(span.scope.name),
  "instrumentation:version": (span) => text(span.scope.version),
};
