import { describe, expect, it } from "vitest";
import { keepLastGood } from "./keep-last-good.ts";
import { loadSpecs, NO_SPECS, type LoadedSpecs } from "./load-specs.ts";

const slo = (name: string, target = 0.99): string => `apiVersion: openslo/v1
kind: SLO
metadata: {name: ${name}}
spec:
  service: s
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec: {ratioMetric: {good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}, total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}}}
  objectives: [{target: ${target}}]
`;
const BROKEN = "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: one\n";
const load = (files: Record<string, string>): LoadedSpecs =>
  loadSpecs(Object.entries(files).map(([path, text]) => ({ path, text })));
const names = (specs: LoadedSpecs): string[] => specs.slos.map(({ name }) => name);

describe("keepLastGood", () => {
  const before = load({ "d/a.yaml": slo("one"), "d/b.yaml": slo("two") });

  it("keeps the SLOs of a file that fails now, shows its errors and marks it stale", () => {
    const after = keepLastGood(before, load({ "d/a.yaml": BROKEN, "d/b.yaml": slo("two", 0.9) }));
    expect(names(after)).toEqual(["one", "two"]);
    expect(after.slos[1]!.target).toBe(0.9);
    expect(after.files.map(({ path, slos, stale }) => [path, slos, stale])).toEqual([
      ["d/a.yaml", ["one"], true],
      ["d/b.yaml", ["two"], false],
    ]);
    expect(after.files[0]!.errors).not.toEqual([]);
  });

  it("is no longer stale once the file is mended", () => {
    const broken = keepLastGood(before, load({ "d/a.yaml": BROKEN, "d/b.yaml": slo("two") }));
    const again = keepLastGood(
      broken,
      load({ "d/a.yaml": BROKEN, "d/b.yaml": BROKEN.replace("one", "two") }),
    );
    expect(names(again)).toEqual(["one", "two"]);
    const mended = keepLastGood(again, load({ "d/a.yaml": slo("one", 0.98), "d/b.yaml": slo("two") }));
    expect(mended.slos[0]!.target).toBe(0.98);
    expect(mended.files.some(({ stale }) => stale)).toBe(false);
    expect(mended.diagnostics).toEqual([]);
  });

  it("lets go of an SLO whose file is gone, or sound without it", () => {
    expect(names(keepLastGood(before, load({ "d/b.yaml": slo("two") })))).toEqual(["two"]);
    expect(names(keepLastGood(before, load({ "d/a.yaml": slo("other"), "d/b.yaml": slo("two") })))).toEqual([
      "other",
      "two",
    ]);
  });

  it("lets an SLO move to another file while its old one fails", () => {
    const after = keepLastGood(
      before,
      load({ "d/a.yaml": BROKEN, "d/b.yaml": slo("two"), "d/c.yaml": slo("one", 0.7) }),
    );
    expect(after.slos.map(({ name, location }) => [name, location.file])).toEqual([
      ["two", "d/b.yaml"],
      ["one", "d/c.yaml"],
    ]);
  });

  it("does not take an emptied file for the wish to end its SLOs", () => {
    const after = keepLastGood(before, load({ "d/a.yaml": "\n", "d/b.yaml": slo("two") }));
    expect(names(after)).toEqual(["one", "two"]);
    expect(after.diagnostics.map(({ message }) => message)).toEqual([
      "the file is empty now; the SLOs that it had keep running",
    ]);
  });

  it("does not take a file that is no YAML any more for that wish either", () => {
    const after = keepLastGood(before, load({ "d/a.yaml": "kind: [broken\n", "d/b.yaml": slo("two") }));
    expect(names(after)).toEqual(["one", "two"]);
    expect(after.diagnostics.map(({ message }) => message)).toEqual([
      "the file is no valid YAML now; the SLOs that it had keep running",
    ]);
  });

  it("keeps everything when the folder cannot be read", () => {
    const gone = loadSpecs(
      [],
      [{ severity: "error", file: "d", line: 1, column: 1, path: "", message: "gone", hint: "look" }],
    );
    const after = keepLastGood(before, gone);
    expect(names(after)).toEqual(["one", "two"]);
    expect(after.files.filter(({ stale }) => stale).map(({ path }) => path)).toEqual([
      "d/a.yaml",
      "d/b.yaml",
    ]);
  });

  it("changes nothing on the first load", () => {
    expect(keepLastGood(NO_SPECS, before)).toBe(before);
  });
});
