import { describe, expect, it } from "vitest";
import { keepLastGood } from "../keep-last-good.ts";
import { loadSpecs, NO_SPECS, type LoadedSpecs } from "../load-specs.ts";
import { nextLastGood, type LastGood } from "./last-good.ts";
import { mergeSnapshots } from "./merge-snapshots.ts";
import type { SourceSnapshot, SpecSource } from "./spec-source.ts";
import { syncStatuses, type SourceStatus } from "./sync-status.ts";

const slo = (name: string, target: number | string = 0.99, ref = ""): string => `apiVersion: openslo/v1
kind: SLO
metadata: {name: ${name}}
spec:
  service: s
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  ${
    ref === ""
      ? `indicator: {metadata: {name: i}, spec: {ratioMetric: {good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}, total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}}}}`
      : `indicatorRef: ${ref}`
  }
  objectives: [{target: ${target}}]
`;
const sli = (name: string): string => `apiVersion: openslo/v1
kind: SLI
metadata: {name: ${name}}
spec: {ratioMetric: {good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}, total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}}}
`;
const source = (name: string, kind: SpecSource["kind"] = "git"): SpecSource => ({
  name,
  kind,
  read: () => Promise.reject(new Error("not used")),
  watch: () => Promise.resolve(),
  close: () => Promise.resolve(),
});
const REPO = source("https://git.example/s.git#main");
const FOLDER = source("./slo-specs", "folder");
const at = (files: Readonly<Record<string, string>>, revision?: string): SourceSnapshot => ({
  texts: Object.entries(files).map(([path, text]) => ({ path, text })),
  problems: [],
  ...(revision === undefined ? {} : { revision }),
});
const inRepo = (files: Readonly<Record<string, string>>, revision: string): SourceSnapshot =>
  at(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`${REPO.name}/${path}`, text])),
    revision,
  );

/** A service with these sources: each `change` is a reload, each `restart` forgets all but what was kept. */
function service(...sources: SpecSource[]) {
  let kept: readonly LastGood[] = [];
  let running: LoadedSpecs = NO_SPECS;
  let snapshots: readonly SourceSnapshot[] = [];
  const load = (before: LoadedSpecs, next: readonly SourceSnapshot[]): void => {
    snapshots = next;
    const { texts, problems } = mergeSnapshots(next);
    running = keepLastGood(before, loadSpecs(texts, problems));
    kept = nextLastGood(kept, held(), running);
  };
  const held = () => sources.map((one, index) => ({ source: one, snapshot: snapshots[index]! }));
  return {
    change: (...next: SourceSnapshot[]) => load(running, next),
    restart: (...next: SourceSnapshot[]) => load(loadSpecs(kept.flatMap(({ texts }) => texts)), next),
    targets: () =>
      running.slos
        .map(({ name, target }) => `${name} ${target}`)
        .sort()
        .join(", "),
    kept: () => kept,
    statuses: (): readonly SourceStatus[] =>
      syncStatuses(
        held().map((one) => ({
          ...one,
          takenAtMs: 0,
          lastGoodRevision: kept.find(({ name }) => name === one.source.name)?.revision,
        })),
        running,
      ),
  };
}

describe("nextLastGood", () => {
  it("keeps what ran of a file that breaks, over restarts and further commits, until it is mended or deleted", () => {
    const specs = service(REPO);
    specs.change(inRepo({ "a.yaml": slo("a"), "b.yaml": slo("b") }, "one"));
    specs.change(inRepo({ "a.yaml": slo("a", 99), "b.yaml": slo("b", 0.9) }, "two"));
    expect(specs.targets()).toBe("a 0.99, b 0.9");
    specs.restart(inRepo({ "a.yaml": slo("a", 99), "b.yaml": slo("b", 0.9) }, "two"));
    expect(specs.targets()).toBe("a 0.99, b 0.9");
    expect(specs.kept()[0]!.revision).toBe("one");
    specs.change(inRepo({ "a.yaml": slo("a", 99), "b.yaml": "kind: [" }, "three"));
    specs.restart(inRepo({ "a.yaml": slo("a", 99), "b.yaml": "kind: [" }, "three"));
    expect(specs.targets()).toBe("a 0.99, b 0.9");
    specs.restart(inRepo({ "a.yaml": slo("a", 0.98) }, "four"));
    expect(specs.targets()).toBe("a 0.98");
    expect(specs.kept()[0]).toMatchObject({ revision: "four", texts: [{ text: slo("a", 0.98) }] });
  });

  it("keeps an SLO over a restart although what it refers to was renamed", () => {
    const specs = service(REPO);
    specs.change(inRepo({ "a.yaml": slo("a", 0.99, "old"), "i.yaml": sli("old") }, "one"));
    const renamed = inRepo({ "a.yaml": slo("a", 0.98, "old"), "i.yaml": sli("new") }, "two");
    specs.change(renamed);
    specs.restart(renamed);
    expect(specs.targets()).toBe("a 0.99");
  });

  it("keeps the files of a source that cannot be read, and those of others as they are now", () => {
    const specs = service(FOLDER, REPO);
    const repo = inRepo({ "b.yaml": slo("b") }, "one");
    specs.change(at({ "slo-specs/a.yaml": slo("a") }), repo);
    const gone: SourceSnapshot = {
      texts: [],
      problems: [
        { severity: "error", file: "slo-specs", line: 1, column: 1, path: "", message: "gone", hint: "look" },
      ],
    };
    specs.change(gone, repo);
    specs.restart(gone, inRepo({ "b.yaml": slo("b", 0.9) }, "two"));
    expect(specs.targets()).toBe("a 0.99, b 0.9");
  });

  it("keeps nothing of what was pushed: that is stored anyway", () => {
    const specs = service(source("pushed", "pushed"));
    specs.change(at({ "pushed:t/a.yaml": slo("a") }));
    expect(specs.kept()).toEqual([]);
  });
});

describe("syncStatuses", () => {
  const summary = (statuses: readonly SourceStatus[]): unknown =>
    statuses.map(({ name, state, files }) => [name, state, ...files.map((file) => file.state)]);

  it("says of each source and file whether what is written runs", () => {
    const specs = service(FOLDER, REPO);
    specs.change(
      at({ "slo-specs/a.yaml": slo("a") }),
      inRepo({ "b.yaml": slo("b"), "c.yaml": slo("c") }, "one"),
    );
    expect(summary(specs.statuses())).toEqual([
      ["./slo-specs", "Synced", "Synced"],
      [REPO.name, "Synced", "Synced", "Synced"],
    ]);
    specs.change(
      at({ "slo-specs/a.yaml": slo("a"), "slo-specs/d.yaml": slo("d", 99) }),
      inRepo({ "b.yaml": slo("b", 99), "c.yaml": slo("c") }, "two"),
    );
    expect(summary(specs.statuses())).toEqual([
      ["./slo-specs", "Degraded", "Synced", "Degraded"],
      [REPO.name, "OutOfSync", "OutOfSync", "Synced"],
    ]);
    const [, repo] = specs.statuses();
    expect(repo).toMatchObject({ revision: "two", lastGoodRevision: "one" });
    expect(repo!.reason).toBe(`${REPO.name}/b.yaml:9:25: 99 is not a target: at least 0 and below 1`);
  });

  it("shows each name under which something was pushed", () => {
    const specs = service(source("pushed", "pushed"));
    specs.change(at({ "pushed:t/a.yaml": slo("a"), "pushed:u:v/b.yaml": slo("b", 99) }));
    expect(summary(specs.statuses())).toEqual([
      ["pushed:t", "Synced", "Synced"],
      ["pushed:u/v", "Degraded", "Degraded"],
    ]);
  });

  it("calls a repository Degraded that cannot be read, and OutOfSync while a newer commit is being taken", () => {
    const remote = {
      error: undefined,
      failures: 0,
      remoteRevision: "two",
      commit: undefined,
      lastSyncMs: 5,
      lastAttemptMs: 6,
      nextPollMs: 7,
      busy: false,
    };
    const held = {
      source: { ...REPO, remote: () => remote },
      snapshot: inRepo({}, "one"),
      takenAtMs: 0,
      lastGoodRevision: "one",
    };
    expect(syncStatuses([held], NO_SPECS)).toMatchObject([
      { state: "OutOfSync", lastSyncMs: 5, nextPollMs: 7 },
    ]);
    const failing = {
      ...held,
      source: { ...REPO, remote: () => ({ ...remote, error: "the host is gone" }) },
    };
    expect(syncStatuses([failing], NO_SPECS)).toMatchObject([
      { state: "Degraded", reason: "the host is gone" },
    ]);
  });
});
