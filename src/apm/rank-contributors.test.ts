import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SKETCH_SIZE, type AttributeCounts, type ValueCounts } from "./attribution-ports.ts";
import { proportionBounds } from "./proportion-bounds.ts";
import { rankContributors } from "./rank-contributors.ts";
import { overlap } from "./same-events.ts";

const hashes = (from: number, count: number): string[] =>
  Array.from({ length: Math.min(count, SKETCH_SIZE) }, (_, i) => String(from + i));

/** A value on the bad events from `badFrom` on and the good ones from `goodFrom` on. */
function counts(value: string, bad: number, good: number, badFrom = 0, goodFrom = 0): ValueCounts {
  return {
    value,
    literal: { type: "string", value },
    bad,
    good,
    badSketch: hashes(badFrom, bad),
    goodSketch: hashes(goodFrom, good),
    traceIds: [],
  };
}

function attribute(key: string, values: readonly ValueCounts[], more: Partial<AttributeCounts> = {}) {
  return {
    field: { type: "attribute", scope: "span", key },
    attribute: `span.${key}`,
    type: "text",
    distinct: values.length,
    present: values.reduce((sum, { bad, good }) => sum + bad + good, 0),
    values,
    ...more,
  } satisfies AttributeCounts;
}

function rank(attributes: readonly AttributeCounts[], total = { bad: 1_000, good: 1_000 }) {
  return rankContributors({ ...total, attributes }, { condition: new Set(["span.slow"]), most: 10 });
}

const named = (found: readonly { readonly attribute: string; readonly value: string }[]) =>
  found.map(({ attribute, value }) => `${attribute}=${value}`);

describe("how values are ranked", () => {
  it("what covers most of the bad and least of the good is first", () => {
    const { contributors } = rank([
      attribute("rare", [counts("x", 60, 0, 5_000)]),
      attribute("half", [counts("x", 1_000, 500, 0, 300)]),
      attribute("route", [counts("/refund", 820, 90, 100, 700)]),
      attribute("same", [counts("x", 700, 700, 40, 40)]),
    ]);
    expect(named(contributors)).toEqual(["span.route=/refund", "span.half=x", "span.rare=x"]);
    expect(contributors[0]).toMatchObject({ badShare: 0.82, goodShare: 0.09 });
    expect(contributors[2]?.lift).toBeUndefined();
  });

  it("few events prove little", () => {
    const few = rank([attribute("k", [counts("x", 3, 1)])], { bad: 3, good: 4 }).contributors;
    const many = rank([attribute("k", [counts("x", 300, 100)])], { bad: 300, good: 400 }).contributors;
    expect(few).toEqual([]);
    expect(many).toHaveLength(1);
  });

  it("nothing is told where there is no good event to compare with", () => {
    expect(rank([attribute("k", [counts("x", 50, 0)])], { bad: 50, good: 0 }).contributors).toEqual([]);
  });

  it("values on the same events are one, called by the name that people know", () => {
    const { contributors } = rank([
      attribute("handler", [counts("Refund", 820, 90)]),
      attribute("http.route", [counts("/refund", 820, 90)]),
      attribute("other", [counts("x", 820, 90, 9_000)]),
    ]);
    expect(named(contributors)).toEqual(["span.http.route=/refund", "span.other=x"]);
    expect(contributors[0]?.alsoTrue).toEqual([{ attribute: "span.handler", value: "Refund" }]);
  });

  it("what the SLO asks for, and how things fail, is no cause", () => {
    const { contributors, symptoms } = rank([
      attribute("slow", [counts("true", 1_000, 0)]),
      attribute("http.response.status_code", [counts("500", 900, 0, 9_000)], { type: "number" }),
    ]);
    expect(contributors).toEqual([]);
    expect(named(symptoms)).toEqual(["span.slow=true", "span.http.response.status_code=500"]);
  });

  it.each([
    ["an id by its key", attribute("request.id", [counts("x", 900, 0)])],
    ["a time by its key", attribute("created.timestamp", [counts("x", 900, 0)])],
    ["a port", attribute("client.port", [counts("443", 900, 0)])],
    ["ids by their values", attribute("ref", idValues(), { distinct: 4 })],
    ["times by their values", attribute("at", timeValues(), { distinct: 4 })],
    ["almost as many values as events", attribute("order", [counts("x", 900, 0)], { distinct: 800 })],
    ["a number that varies", attribute("size", [counts("7", 900, 0)], { distinct: 51, type: "number" })],
  ])("left out, and said: %s", (_, left) => {
    const { contributors, excluded } = rank([left]);
    expect(contributors).toEqual([]);
    expect(excluded.map(({ attribute }) => attribute)).toEqual([left.attribute]);
    expect(excluded[0]?.reason).not.toBe("");
  });

  it("a tenant among many may be the cause: an id that comes again and again is none of those", () => {
    const tenants = attribute("tenant.id", [counts("acme", 900, 10)], { distinct: 150, present: 2_000 });
    expect(named(rank([tenants]).contributors)).toEqual(["span.tenant.id=acme"]);
  });

  it("is the same whatever order attributes come in", () => {
    const attributes = ["a", "b", "c", "d"].map((key, i) =>
      attribute(key, [counts("x", 500, 100, i * 1_000), counts("y", 400 + i, 10, i * 1_000 + 500)]),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(attributes, { minLength: 4 }), (shuffled) => {
        expect(rank(shuffled)).toEqual(rank(attributes));
      }),
    );
  });

  it("a score is 0..1, larger with more of the bad and smaller with more of the good", () => {
    const scoreOf = (bad: number, good: number) =>
      rank([attribute("k", [counts("x", bad, good)])]).contributors[0]?.score ?? 0;
    fc.assert(
      fc.property(fc.nat(999), fc.nat(999), (bad, good) => {
        const score = scoreOf(bad, good);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(scoreOf(bad + 1, good)).toBeGreaterThanOrEqual(score);
        expect(scoreOf(bad, good + 1)).toBeLessThanOrEqual(score);
      }),
    );
  });
});

function idValues(): ValueCounts[] {
  return [1, 2, 3, 4].map((n) => counts(`0af7651916cd43dd8448eb211c80319${n}`, 200, 0));
}

function timeValues(): ValueCounts[] {
  return [1, 2, 3, 4].map((n) => counts(`2026-01-31T12:00:0${n}Z`, 200, 0));
}

describe("bounds of a proportion", () => {
  it("hold what Wilson's formula gives", () => {
    expect(proportionBounds(0, 10).high).toBeCloseTo(0.2775, 3);
    expect(proportionBounds(5, 10).low).toBeCloseTo(0.2366, 3);
    expect(proportionBounds(0, 0)).toEqual({ low: 0, high: 1 });
  });

  it("lie around the share, within 0..1", () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 10_000 }), (hits, trials) => {
        const { low, high } = proportionBounds(Math.min(hits, trials), trials);
        const share = Math.min(hits, trials) / trials;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(share);
        expect(high).toBeGreaterThanOrEqual(share);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("how much two sets overlap", () => {
  it("is exact for small ones, and 1 for the same", () => {
    expect(overlap(["1", "2", "3"], ["2", "3", "4"])).toBe(0.5);
    expect(overlap([], [])).toBe(1);
    expect(overlap(["1"], [])).toBe(0);
    expect(overlap(hashes(1, 500), hashes(1, 500))).toBe(1);
  });
});
