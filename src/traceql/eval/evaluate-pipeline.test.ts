import { describe, expect, it } from "vitest";
import { AttributeType, NO_ATTRIBUTES } from "../../model/attributes.ts";
import type { Attributes } from "../../model/attributes.ts";
import type { Span } from "../../model/span.ts";
import { parseTraceQuery } from "../parse-query.ts";
import { compilePipeline } from "./evaluate-pipeline.ts";
import { attributeOfValue } from "./query-value.ts";
import { viewTrace } from "./trace-view.ts";

type Plain = string | number | boolean;

const attributes = (values: Readonly<Record<string, Plain>>): Attributes => ({
  keys: Object.keys(values),
  types: Object.values(values).map((value) => {
    if (typeof value === "string") return AttributeType.string;
    if (typeof value === "boolean") return AttributeType.bool;
    return Number.isInteger(value) ? AttributeType.int : AttributeType.double;
  }),
  values: Object.values(values),
});

interface Given {
  readonly id: string;
  readonly parent?: string;
  readonly service?: string;
  readonly kind?: number;
  readonly status?: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly span?: Readonly<Record<string, Plain>>;
  readonly resource?: Readonly<Record<string, Plain>>;
  readonly events?: readonly {
    readonly name: string;
    readonly afterMs: number;
    readonly values: Readonly<Record<string, Plain>>;
  }[];
}

const span = (given: Given): Span => {
  const startUnixNano = BigInt(given.startMs) * 1_000_000n;
  const service = given.service ?? "shop";
  return {
    traceId: "0".repeat(31) + "1",
    // The id is also the name: tests speak of it.
    spanId: given.id,
    parentSpanId: given.parent ?? "",
    traceState: "",
    flags: 0,
    name: given.id,
    kind: given.kind ?? 1,
    status: given.status ?? 0,
    statusMessage: given.status === 2 ? "broken" : "",
    startUnixNano,
    endUnixNano: startUnixNano + BigInt(given.durationMs) * 1_000_000n,
    attributes: attributes(given.span ?? {}),
    droppedAttributes: 0,
    events: (given.events ?? []).map(({ name, afterMs, values }) => ({
      timeUnixNano: startUnixNano + BigInt(afterMs) * 1_000_000n,
      name,
      attributes: attributes(values),
      droppedAttributes: 0,
    })),
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    resource: {
      attributes: attributes({ "service.name": service, ...given.resource }),
      schemaUrl: "",
      serviceName: service,
    },
    scope: { name: "lib", version: "2.1", attributes: NO_ATTRIBUTES, schemaUrl: "" },
  };
};

/*
 *   root (front, server, 100 ms)
 *   ├── cart (front, client, 40 ms)
 *   │   └── sql (db, client, 30 ms, error, exception event)
 *   ├── pay (pay, client, 20 ms, http 500)
 *   │   └── bank (pay, server, 10 ms)
 *   └── mail (mail, producer, 5 ms)
 *   lost (mail, consumer; its parent is not stored)
 */
const TRACE = viewTrace([
  span({ id: "root", service: "front", kind: 2, startMs: 0, durationMs: 100, span: { n: 1, text: "a" } }),
  span({
    id: "cart",
    parent: "root",
    service: "front",
    kind: 3,
    startMs: 10,
    durationMs: 40,
    span: { n: 2, text: "a" },
  }),
  span({
    id: "sql",
    parent: "cart",
    service: "db",
    kind: 3,
    status: 2,
    startMs: 15,
    durationMs: 30,
    span: { n: 2.5 },
    events: [{ name: "exception", afterMs: 20, values: { "exception.type": "Timeout" } }],
  }),
  span({
    id: "pay",
    parent: "root",
    service: "pay",
    kind: 3,
    startMs: 55,
    durationMs: 20,
    span: { "http.status": 500, text: "b" },
  }),
  span({
    id: "bank",
    parent: "pay",
    service: "pay",
    kind: 2,
    startMs: 60,
    durationMs: 10,
    resource: { text: "r" },
  }),
  span({
    id: "mail",
    parent: "root",
    service: "mail",
    kind: 4,
    startMs: 80,
    durationMs: 5,
    span: { flag: true },
  }),
  span({ id: "lost", parent: "gone", service: "mail", kind: 5, startMs: 90, durationMs: 5 }),
]);

function evaluate(query: string) {
  const parsed = parseTraceQuery(query);
  if (!parsed.ok) throw new Error(`${query}: ${parsed.error.message}`);
  return compilePipeline(parsed.query.pipeline)(TRACE);
}

/** The spans' names, spansets apart by " | ". */
const matched = (query: string) =>
  evaluate(query)
    .map(({ spans }) => spans.map(({ name }) => name).join(" "))
    .join(" | ");

const ALL = "root cart sql pay bank mail lost";

describe("conditions on a span", () => {
  it.each([
    ["{ }", ALL],
    ["{ false }", ""],
    ['{ name = "sql" }', "sql"],
    ["{ kind = client }", "cart sql pay"],
    ["{ span:status = error }", "sql"],
    ['{ statusMessage =~ "bro.*" }', "sql"],
    ["{ duration >= 30ms }", "root cart sql"],
    ["{ span.n > 1 }", "cart sql"],
    ["{ span.n = 2.0 }", "cart"],
    ["{ .text = nil }", "sql mail lost"],
    ['{ .text != "a" }', "pay bank"],
    ['{ resource.text = "r" }', "bank"],
    ["{ .flag }", "mail"],
    ["{ !(.flag) }", "root cart sql pay bank lost"],
    ['{ resource.service.name =~ "pay|mail" && kind != client }', "bank mail lost"],
    ["{ kind = server || span.n = 2 && .flag }", "root bank"],
  ])("%s", (query, names) => expect(matched(query)).toBe(names));
});

describe("intrinsics of the trace, of events and of scopes", () => {
  it.each([
    ['{ rootName = "root" }', ALL],
    ['{ trace:rootService != "front" }', ""],
    ["{ traceDuration = 100ms }", ALL],
    ["{ trace:duration > 1s }", ""],
    ["{ nestedSetParent = -1 }", "root"],
    ["{ nestedSetParent >= 0 }", "cart sql pay bank mail lost"],
    ["{ nestedSetLeft = 0 }", "lost"],
    ["{ nestedSetParent = 1 }", "cart pay mail"],
    ["{ nestedSetRight - nestedSetLeft > 1 }", "root cart pay"],
    ["{ span:childCount = 3 }", "root"],
    ["{ span:parentID = nil }", "root"],
    ['{ span:parentID = "gone" }', "lost"],
    ['{ span:id = "sql" }', "sql"],
    [`{ trace:id = "${"0".repeat(31)}1" }`, ALL],
    ['{ event:name = "exception" }', "sql"],
    ["{ event:name = nil }", "root cart pay bank mail lost"],
    ["{ event:timeSinceStart > 19ms }", "sql"],
    ['{ event.exception.type = "Timeout" }', "sql"],
    ["{ link:traceID != nil }", ""],
    ['{ instrumentation:name = "lib" && instrumentation:version =~ "2.*" }', ALL],
  ])("%s", (query, names) => expect(matched(query)).toBe(names));
});

describe("arithmetic", () => {
  it.each([
    ["{ span.n * 2 = 4 }", "cart"],
    ["{ span.n + 0.5 > 2 }", "cart sql"],
    ["{ 2 - span.n = 1 }", "root"],
    ["{ -span.n < -2 }", "sql"],
    ["{ 2 + 2 * span.n ^ 2 = 10 }", "cart"],
    ["{ (2 + 2) * span.n = 4 }", "root"],
    ["{ span.n % 2 = 1 }", "root"],
    ["{ duration > traceDuration / 2 }", "root"],
    ["{ duration * 4 > traceDuration }", "root cart sql"],
    ["{ span.text + 1 > 0 }", ""],
    ["{ span.n = span.n }", "root cart sql"],
    ["{ span.n != span.text }", ""],
  ])("%s", (query, names) => expect(matched(query)).toBe(names));
});

describe("operators between spansets", () => {
  it.each([
    ["child", "{ kind = server } > { kind = client }", "cart pay"],
    ["descendant", '{ name = "root" } >> { kind = client }', "cart sql pay"],
    ["parent", "{ status = error } < { }", "cart"],
    ["ancestor", "{ status = error } << { }", "root cart"],
    ["sibling", '{ name = "cart" } ~ { }', "pay mail"],
    ["siblings of each other", "{ kind = client } ~ { kind = client }", "cart pay"],
    ["no child", "{ kind = server } !> { kind = client }", "sql"],
    ["no descendant", '{ name = "cart" } !>> { }', "root cart pay bank mail lost"],
    ["no parent", "{ status = error } !< { kind = client }", "sql pay"],
    ["no ancestor", "{ status = error } !<< { }", "sql pay bank mail lost"],
    ["no sibling", '{ name = "cart" } !~ { kind = client }', "cart sql"],
    ["nothing on the left leaves all of the right", "{ false } !>> { kind = client }", "cart sql pay"],
    ["both of child", "{ kind = server } &> { kind = client }", "root cart pay"],
    ["both of descendant", '{ name =~ "root|pay" } &>> { kind = server }', "root pay bank"],
    ["both of parent", "{ status = error } &< { }", "cart sql"],
    ["both of ancestor", "{ status = error } &<< { }", "root cart sql"],
    ["both of sibling", '{ name = "cart" } &~ { name = "mail" }', "cart mail"],
    ["and", '{ name = "sql" } && { name = "mail" }', "sql mail"],
    ["and without one side", '{ name = "sql" } && { name = "none" }', ""],
    ["or", '{ name = "none" } || { name = "mail" }', "mail"],
    ["a chain", '{ name = "root" } > { } > { kind = client }', "sql"],
    ["parentheses", '{ name = "root" } > ({ name = "cart" } > { })', ""],
    ["&& before ||", '{ name = "mail" } || { name = "sql" } && { false }', "mail"],
    ["structure before &&", '{ name = "sql" } && { name = "root" } > { kind = producer }', "sql mail"],
    ["a missing parent is no sibling's excuse", '{ name = "lost" } ~ { }', ""],
    ["pipelines as sides", "({ kind = client } | count() > 2) && ({ } | count() = 7)", ALL],
    ["a side that its pipeline empties", "({ kind = client } | count() > 3) && { }", ""],
  ])("%s: %s", (_, query, names) => expect(matched(query)).toBe(names));

  it("come to an end where spans are their own ancestors", () => {
    const cycle = viewTrace([
      span({ id: "a", parent: "b", startMs: 0, durationMs: 1 }),
      span({ id: "b", parent: "a", startMs: 1, durationMs: 1 }),
    ]);
    const parsed = parseTraceQuery('{ name = "a" } >> { } && { nestedSetLeft = 0 }');
    if (!parsed.ok) throw new Error(parsed.error.message);
    const [spanset] = compilePipeline(parsed.query.pipeline)(cycle);
    expect(spanset?.spans.map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("stages", () => {
  it.each([
    ["{ kind = client } | count() > 2", "cart sql pay"],
    ["{ kind = client } | count() > 3", ""],
    ["{ } | avg(duration) = 30ms", ALL],
    ["{ } | max(duration) >= 100ms", ALL],
    ["{ } | min(duration) < 5ms", ""],
    ["{ } | sum(span.n) = 5.5", ALL],
    ["{ } | avg(span.n) > 1.8", ALL],
    ["{ kind = server } | sum(.none) >= 0", ""],
    ["{ } | max(duration) / min(duration) = 20", ALL],
    ["{ } | 6 < count()", ALL],
    ["{ } | by(resource.service.name)", "root cart | sql | pay bank | mail lost"],
    ["{ } | by(resource.service.name) | count() > 1", "root cart | pay bank | mail lost"],
    ["{ } | by(.text)", "root cart | sql mail lost | pay | bank"],
    ["{ } | by(resource.service.name, kind) | count() > 1", ""],
    ["{ } | by(kind) | count() > 1 | coalesce()", "root cart sql pay bank"],
    ["{ } | { kind = client } | { status = error }", "sql"],
    ["{ kind = client } | select(span.n, resource.service.name)", "cart sql pay"],
  ])("%s", (query, names) => expect(matched(query)).toBe(names));

  it("tell what they computed", () => {
    const [first] = evaluate("{ } | by(resource.service.name) | avg(duration) > 10ms | count() > 1");
    expect(first?.attributes.map(({ key, value }) => `${key} ${attributeOfValue(value).value}`)).toEqual([
      "by(resource.service.name) front",
      "avg(duration) 70ms",
      "count() 2",
    ]);
  });
});
