import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { criticalPath, criticalTimes, selfTimeNs } from "./critical-path.ts";
import { sampleTrace, type SampleSpan } from "./sample-trace.ts";
import { buildTree } from "./trace-tree.ts";

const path = (lines: readonly SampleSpan[]) =>
  criticalPath(buildTree(sampleTrace(lines)).roots[0]!).map(({ node, fromNs, toNs }) => [
    node.span.spanId,
    fromNs / 1e6,
    toNs / 1e6,
  ]);

/** Any tree of up to 12 spans, clocks and lengths as they come. */
const lines = fc
  .array(fc.record({ parent: fc.nat(11), start: fc.nat(100), length: fc.nat(100) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((all) =>
    all.map(({ parent, start, length }, i): SampleSpan => ({
      id: `s${i}`,
      service: "a",
      at: [start, start + length],
      ...(i === 0 ? {} : { parent: `s${parent % i}` }),
    })),
  );

describe("the critical path", () => {
  it("goes back from the end to whoever was waited for", () => {
    expect(
      path([
        { id: "root", service: "a", at: [0, 100] },
        { id: "first", parent: "root", service: "a", at: [10, 40] },
        { id: "second", parent: "root", service: "a", at: [50, 90] },
      ]),
    ).toEqual([
      ["root", 0, 10],
      ["first", 10, 40],
      ["root", 40, 50],
      ["second", 50, 90],
      ["root", 90, 100],
    ]);
  });

  it("leaves out what ran beside a longer one", () => {
    expect(
      path([
        { id: "root", service: "a", at: [0, 100] },
        { id: "short", parent: "root", service: "a", at: [0, 50] },
        { id: "long", parent: "root", service: "a", at: [10, 100] },
      ]),
    ).toEqual([
      ["root", 0, 10],
      ["long", 10, 100],
    ]);
  });

  it("cuts off what outlives its parent, and does not wait for consumers", () => {
    expect(
      path([
        { id: "root", service: "a", at: [0, 100] },
        { id: "late", parent: "root", service: "a", at: [80, 200] },
        { id: "consumer", parent: "root", service: "b", kind: "consumer", at: [20, 60] },
      ]),
    ).toEqual([
      ["root", 0, 80],
      ["late", 80, 100],
    ]);
  });

  it("fills the root from its start to its end, without gap or overlap", () => {
    fc.assert(
      fc.property(lines, (all) => {
        const root = buildTree(sampleTrace(all)).roots[0]!;
        let cursor = root.startNs;
        for (const { fromNs, toNs } of criticalPath(root)) {
          expect(fromNs).toBe(cursor);
          expect(toNs).toBeGreaterThan(fromNs);
          cursor = toNs;
        }
        expect(cursor).toBe(root.endNs);
        const sum = [...criticalTimes(root).values()].reduce((total, ns) => total + ns, 0);
        expect(sum).toBe(root.endNs - root.startNs);
      }),
    );
  });
});

describe("self time", () => {
  it("is the time in which no child ran", () => {
    const root = buildTree(
      sampleTrace([
        { id: "root", service: "a", at: [0, 100] },
        { id: "one", parent: "root", service: "a", at: [10, 40] },
        { id: "two", parent: "root", service: "a", at: [30, 50] },
        { id: "late", parent: "root", service: "a", at: [90, 150] },
      ]),
    ).roots[0]!;
    expect(selfTimeNs(root) / 1e6).toBe(50);
  });

  it("is never less than nothing, nor more than the span", () => {
    fc.assert(
      fc.property(lines, (all) => {
        for (const node of buildTree(sampleTrace(all)).nodes) {
          expect(selfTimeNs(node)).toBeGreaterThanOrEqual(0);
          expect(selfTimeNs(node)).toBeLessThanOrEqual(node.endNs - node.startNs);
        }
      }),
    );
  });
});

describe("the tree", () => {
  it("holds every span once, whatever the parents say", () => {
    const messy = fc.array(
      fc.record({ id: fc.nat(8), parent: fc.option(fc.nat(10), { nil: undefined }), start: fc.nat(100) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(messy, (all) => {
        const spans = sampleTrace(
          all.map(({ id, parent, start }) => ({
            id: `s${id}`,
            service: "a",
            at: [start, start + 5],
            ...(parent === undefined ? {} : { parent: `s${parent}` }),
          })),
        );
        const { nodes } = buildTree(spans);
        const ids = nodes.map(({ span }) => span.spanId);
        expect(new Set(ids)).toEqual(new Set(spans.map(({ spanId }) => spanId)));
        expect(ids).toHaveLength(new Set(ids).size);
      }),
    );
  });

  it("moves a server whose clock is off into the middle of the call, with what lies below it", () => {
    const { nodes } = buildTree(
      sampleTrace([
        { id: "client", service: "a", kind: "client", at: [100, 200] },
        { id: "server", parent: "client", service: "b", kind: "server", at: [5_000, 5_060] },
        { id: "below", parent: "server", service: "b", at: [5_010, 5_020] },
      ]),
    );
    const at = Object.fromEntries(
      nodes.map((node) => [node.span.spanId, [node.startNs / 1e6, node.endNs / 1e6]]),
    );
    expect(at).toEqual({ client: [0, 100], server: [20, 80], below: [30, 40] });
  });
});
