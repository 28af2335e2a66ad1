import { describe, expect, it } from "vitest";
import { compareTraces } from "./compare-traces.ts";
import { repeatedCalls } from "./repeated-calls.ts";
import { sampleTrace, type SampleSpan } from "./sample-trace.ts";
import { buildTree } from "./trace-tree.ts";

const query = (i: number, at: readonly [number, number]): SampleSpan => ({
  id: `q${i}`,
  parent: "root",
  service: "shop",
  name: "SELECT items",
  kind: "client",
  at,
  attributes: { "db.system.name": "postgresql", "db.query.text": `SELECT * FROM items WHERE id = ${i}` },
});
const root: SampleSpan = { id: "root", service: "shop", name: "GET /cart", kind: "server", at: [0, 100] };
const tree = (lines: readonly SampleSpan[]) => buildTree(sampleTrace(lines));

describe("repeated calls", () => {
  it("finds the query that is asked for each item, whatever the item", () => {
    const lines = [root, ...[0, 1, 2, 3, 4, 5].map((i) => query(i, [i * 10, i * 10 + 9]))];
    expect(repeatedCalls(tree(lines))).toMatchObject([
      { parentSpanId: "root", what: "SELECT * FROM items WHERE id = ?", isSequential: true, totalNs: 54e6 },
    ]);
  });

  it("tells calls side by side from those one after another", () => {
    const lines = [root, ...[0, 1, 2, 3, 4].map((i) => query(i, [1, 50]))];
    expect(repeatedCalls(tree(lines))).toMatchObject([{ isSequential: false }]);
  });

  it("is silent on a few", () => {
    expect(repeatedCalls(tree([root, ...[0, 1, 2].map((i) => query(i, [i, i + 1]))]))).toEqual([]);
  });
});

describe("two traces of one operation", () => {
  it("puts first what makes the second one longer", () => {
    const good = tree([root, query(1, [10, 20])]);
    const bad = tree([{ ...root, at: [0, 400] }, query(1, [10, 370])]);
    expect(compareTraces(good, bad)).toMatchObject([
      { name: "SELECT items", criticalDeltaNs: 350e6, a: { spans: 1 }, b: { spans: 1 } },
      { name: "GET /cart", criticalDeltaNs: -50e6 },
    ]);
  });

  it("shows what is in one of them alone", () => {
    const differences = compareTraces(tree([root]), tree([root, query(1, [0, 100])]));
    expect(differences.map(({ name, a, b }) => [name, a.spans, b.spans])).toEqual([
      ["GET /cart", 1, 1],
      ["SELECT items", 0, 1],
    ]);
  });
});
