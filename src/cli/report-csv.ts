import type { Report, SloReport } from "../report/report.ts";

type Value = string | number | null;

/** Names of columns never change; new ones come last. */
const COLUMNS: readonly (readonly [name: string, of: (slo: SloReport, report: Report) => Value])[] = [
  ["period", (_, { period }) => period.name],
  ["period_start", (_, { period }) => period.start],
  ["period_end", (_, { period }) => period.end],
  ["counted_until", (_, { period }) => period.countedUntil],
  ["time_zone", (_, { period }) => period.timeZone],
  ["service", ({ service }) => service],
  ["owner", ({ owner }) => owner],
  ["slo", ({ slo }) => slo],
  ["display_name", ({ displayName }) => displayName],
  ["target", ({ target }) => target],
  ["result", ({ result }) => result],
  ["sli", ({ sli }) => sli],
  ["budget_spent", ({ budgetSpentRatio }) => budgetSpentRatio],
  ["counted", ({ counted }) => counted],
  ["good_events", ({ goodEvents }) => goodEvents],
  ["bad_events", ({ badEvents }) => badEvents],
  ["total_events", ({ totalEvents }) => totalEvents],
  ["raw_result", ({ raw }) => raw.result],
  ["raw_sli", ({ raw }) => raw.sli],
  ["raw_budget_spent", ({ raw }) => raw.budgetSpentRatio],
  ["raw_good_events", ({ raw }) => raw.goodEvents],
  ["raw_bad_events", ({ raw }) => raw.badEvents],
  ["raw_total_events", ({ raw }) => raw.totalEvents],
  ["covered_days", ({ coverage }) => coverage.days],
  ["period_days", ({ coverage }) => coverage.ofDays],
  ["coverage_ratio", ({ coverage }) => coverage.ratio],
  ["event_days", ({ coverage }) => coverage.eventDays],
  ["episodes", ({ episodes }) => episodes.count],
  ["critical_episodes", ({ episodes }) => episodes.critical],
  ["warning_episodes", ({ episodes }) => episodes.warning],
  ["firing_seconds", ({ episodes }) => episodes.firingMs / 1_000],
  ["longest_episode_seconds", ({ episodes: { longest } }) => longest && longest.firingMs / 1_000],
  ["longest_episode_fired_at", ({ episodes: { longest } }) => longest && longest.firedAt],
  ["longest_episode_severity", ({ episodes: { longest } }) => longest && longest.severity],
  ["previous_period", (_, { previous }) => previous.name],
  ["previous_result", ({ previous }) => previous.result],
  ["previous_sli", ({ previous }) => previous.sli],
  ["previous_budget_spent", ({ previous }) => previous.budgetSpentRatio],
  ["previous_coverage_ratio", ({ previous }) => previous.coverageRatio],
  ["notes", ({ notes }) => notes.join(" ")],
];

/** RFC 4180, a line for each SLO. Cells that a spreadsheet would take for formulas begin with an apostrophe. */
export function printReportAsCsv(report: Report): string {
  const lines = [
    COLUMNS.map(([name]) => name),
    ...report.slos.map((slo) => COLUMNS.map(([, of]) => cell(of(slo, report)))),
  ];
  return lines.map((cells) => `${cells.join(",")}\r\n`).join("");
}

function cell(value: Value): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
