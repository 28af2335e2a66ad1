import { describe, expect, it } from "vitest";
import type { FileStatus, SourceStatus } from "../spec/source/sync-status.ts";
import { sourceProblems } from "./spec-problems.ts";

const fault = (path: string, line: number): FileStatus["errors"][number] => {
  return {
    severity: "error",
    file: path,
    line,
    column: 7,
    path: "spec",
    message: "no target",
    hint: "write one",
  };
};
const file = (path: string, state: FileStatus["state"], errors = 0): FileStatus => ({
  path,
  state,
  slos: state === "Degraded" ? [] : ["payment"],
  errors: Array.from({ length: errors }, (_, index) => fault(path, index + 1)),
});
const status = (changes: Partial<SourceStatus>): SourceStatus => ({
  name: "https://git.example/slos.git#main",
  kind: "git",
  state: "Synced",
  reason: undefined,
  revision: "b".repeat(40),
  remoteRevision: "b".repeat(40),
  lastGoodRevision: "a".repeat(40),
  commit: { id: "b".repeat(40), subject: "Raise the target", author: "Ada", atMs: 0 },
  files: [file("a.yaml", "Synced")],
  failures: 0,
  lastSyncMs: 0,
  lastAttemptMs: 0,
  nextPollMs: 0,
  ...changes,
});

describe("sourceProblems", () => {
  it("tells nothing while all is Synced, or a newer commit is just being taken", () => {
    expect(sourceProblems([status({}), status({ state: "OutOfSync", remoteRevision: "c" })])).toEqual([]);
  });

  it("tells at once of a bad commit: whose it is, what is wrong where, and what runs", () => {
    const bad = status({
      state: "OutOfSync",
      files: [file("a.yaml", "OutOfSync", 7), file("b.yaml", "Synced")],
    });
    expect(sourceProblems([bad])).toEqual([
      {
        key: "specs/faulty/https://git.example/slos.git#main",
        severity: "warning",
        summary:
          "a spec file has errors in https://git.example/slos.git#main; what was good before keeps running",
        detail: [
          'commit bbbbbbbb "Raise the target" by Ada; the last good commit is aaaaaaaa',
          ...[1, 2, 3, 4, 5].map((line) => `a.yaml:${line}:7: no target`),
          "… and 2 more",
          "`noroshi validate` says what to write instead.",
        ].join("\n"),
        path: "/specs",
        immediate: true,
      },
    ]);
  });

  it("waits with files in a folder, that may just be being written, and says when nothing of them runs", () => {
    const folder = status({
      kind: "folder",
      name: "./slo-specs",
      state: "Degraded",
      files: [file("a", "Degraded", 1)],
    });
    expect(sourceProblems([folder])).toMatchObject([
      { summary: "a spec file has errors in ./slo-specs; their SLOs do not run", immediate: false },
    ]);
  });

  it("tells of a repository that cannot be read from the second failure on", () => {
    const away = status({ state: "Degraded", reason: "the host cannot be found", failures: 1 });
    expect(sourceProblems([away])).toEqual([]);
    const [problem] = sourceProblems([{ ...away, failures: 2 }]);
    expect(problem).toMatchObject({
      key: "specs/unread/https://git.example/slos.git#main",
      summary: "specs from https://git.example/slos.git#main cannot be read; the last good ones keep running",
    });
    expect(problem!.detail).toContain("the host cannot be found");
    expect(sourceProblems([{ ...away, failures: 2, files: [] }])[0]!.summary).toContain("none of them runs");
  });

  it("tells of a folder that is gone", () => {
    const gone = status({
      kind: "folder",
      name: "./x",
      state: "Degraded",
      reason: "there is no such folder",
      files: [],
    });
    expect(sourceProblems([gone])).toMatchObject([
      { summary: "specs from ./x cannot be read; none of them runs" },
    ]);
  });
});
