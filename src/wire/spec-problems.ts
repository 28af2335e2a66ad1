import type { SelfProblem } from "../alert/self-problem.ts";
import type { SourceStatus } from "../spec/source/sync-status.ts";

/** Faults named in one message; the rest is counted. */
const MOST_FAULTS = 5;
/** One poll that fails is no news. */
const FAILURES_TOLD = 2;

/**
 * What people must be told of the sources of specs: one problem for each source that cannot be read, and one for each with
 * faulty files. A bad commit is told at once; files in a folder may just be being written.
 */
export function sourceProblems(statuses: readonly SourceStatus[]): readonly SelfProblem[] {
  return statuses.flatMap((status) => [...unreadProblem(status), ...faultProblem(status)]);
}

function unreadProblem(status: SourceStatus): readonly SelfProblem[] {
  const { name, kind, state, reason, files, failures } = status;
  const isFaulty = files.some((file) => file.state !== "Synced");
  const isUnread = kind === "git" ? failures >= FAILURES_TOLD : state === "Degraded" && !isFaulty;
  if (!isUnread) return [];
  const runs = files.some(({ slos }) => slos.length > 0);
  return [
    {
      key: `specs/unread/${name}`,
      severity: "warning",
      summary: `specs from ${name} cannot be read; ${runs ? "the last good ones keep running" : "none of them runs"}`,
      detail: [reason ?? "", ...commitLines(status)].filter((line) => line !== "").join("\n"),
      path: "/specs",
    },
  ];
}

function faultProblem(status: SourceStatus): readonly SelfProblem[] {
  const { name, kind, files } = status;
  const faulty = files.filter(({ state }) => state !== "Synced");
  const errors = faulty.flatMap((file) => file.errors);
  if (errors.length === 0) return [];
  const lines = errors
    .slice(0, MOST_FAULTS)
    .map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  if (errors.length > MOST_FAULTS) lines.push(`… and ${errors.length - MOST_FAULTS} more`);
  const many = faulty.length === 1 ? "a spec file has" : `${faulty.length} spec files have`;
  const runs = faulty.some(({ state }) => state === "OutOfSync");
  return [
    {
      key: `specs/faulty/${name}`,
      severity: "warning",
      summary: `${many} errors in ${name}; ${runs ? "what was good before keeps running" : "their SLOs do not run"}`,
      detail: [...commitLines(status), ...lines, "`noroshi validate` says what to write instead."].join("\n"),
      path: "/specs",
      immediate: kind !== "folder",
    },
  ];
}

function commitLines({ commit, revision, lastGoodRevision }: SourceStatus): readonly string[] {
  if (commit === undefined) return [];
  const good =
    lastGoodRevision === undefined || lastGoodRevision === revision
      ? ""
      : `; the last good commit is ${lastGoodRevision.slice(0, 8)}`;
  return [`commit ${commit.id.slice(0, 8)} "${commit.subject}" by ${commit.author}${good}`];
}
