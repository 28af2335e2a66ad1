import type { SpecSourceListBody } from "../api/spec-source-routes.ts";

type Source = SpecSourceListBody["sources"][number];

/** For people: a line for each source, and what is wrong with it below. */
export function printSpecsStatus({ sources }: SpecSourceListBody, nowMs: number): string {
  if (sources.length === 0)
    return "No source of specs is set up; NOROSHI_SPECS names folders and git repositories.\n";
  return sources.map((source) => sourceText(source, nowMs)).join("");
}

function sourceText(source: Source, nowMs: number): string {
  const slos = source.files.reduce((sum, file) => sum + file.slos.length, 0);
  const counts = `${plural(source.files.length, "file")}, ${plural(slos, "SLO")}`;
  const lines = [
    `${source.status.padEnd(10)} ${source.name}`,
    indent(`${counts}, ${timesText(source, nowMs)}`),
  ];
  const { commit } = source;
  if (commit !== null) lines.push(indent(commitText(source, commit, nowMs)));
  else if (source.revision !== null) lines.push(indent(`commit ${source.revision.slice(0, 8)}`));
  const faults = source.files.flatMap((file) =>
    file.errors.map(({ line, column, message, hint }) => ({ file, line, column, message, hint })),
  );
  // A reason that names the first fault would say it twice.
  const [first] = faults;
  const isSaid = first !== undefined && source.reason?.startsWith(`${first.file.path}:`) === true;
  if (source.reason !== null && !isSaid) lines.push(indent(source.reason));
  for (const { file, line, column, message, hint } of faults) {
    const runs = file.status === "OutOfSync" ? "the version before keeps running" : "does not run";
    lines.push(indent(`${file.path}:${line}:${column}: ${message} (${runs})`));
    if (hint !== "") lines.push(indent(`  ${hint}`));
  }
  return `${lines.join("\n")}\n`;
}

function commitText(source: Source, commit: NonNullable<Source["commit"]>, nowMs: number): string {
  const { lastGoodRevision, revision, remoteRevision } = source;
  const text = `commit ${commit.id.slice(0, 8)} "${commit.subject}" by ${commit.author}, ${ago(commit.at, nowMs)}`;
  const newer =
    remoteRevision === null || remoteRevision === revision ? "" : `; newest: ${remoteRevision.slice(0, 8)}`;
  const good =
    lastGoodRevision === null || lastGoodRevision === revision
      ? ""
      : `; last good: ${lastGoodRevision.slice(0, 8)}`;
  return text + newer + good;
}

function timesText({ lastSync, nextPoll }: Source, nowMs: number): string {
  const read = lastSync === null ? "not read since the start" : `read ${ago(lastSync, nowMs)}`;
  if (nextPoll === null) return read;
  const leftMs = Date.parse(nextPoll) - nowMs;
  return leftMs <= 0 ? `${read}, being asked` : `${read}, asked again in ${length(leftMs)}`;
}

const indent = (text: string): string => `${" ".repeat(11)}${text}`;

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function ago(at: string, nowMs: number): string {
  return `${length(Math.max(0, nowMs - Date.parse(at)))} ago`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** In the largest unit that fits: `5 min`. */
function length(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= size) ?? ["s", 1_000];
  return `${Math.round(ms / unitMs)} ${unit}`;
}
