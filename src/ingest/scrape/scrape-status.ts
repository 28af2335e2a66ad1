import type { Labels } from "../../model/labels.ts";
import type { ScrapeOutcome } from "./target-samples.ts";
import type { ScrapeTarget } from "./scrape-target.ts";

/** What is known of one target. */
export interface TargetStatus {
  readonly job: string;
  /** Without the query, which may hold secrets. */
  readonly url: string;
  readonly labels: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** unknown: not scraped yet. */
  readonly health: "unknown" | "up" | "down";
  readonly lastScrapeMs: number | undefined;
  readonly lastDurationSeconds: number | undefined;
  /** Samples of the last scrape that are kept. */
  readonly lastSamples: number | undefined;
  /** Why the last scrape failed, or why its samples are not stored. */
  readonly lastProblem: string | undefined;
}

export function firstStatus({ job, url, labels }: ScrapeTarget): TargetStatus {
  return {
    job: job.name,
    url: url.origin + url.pathname,
    labels,
    intervalMs: job.intervalMs,
    timeoutMs: job.timeoutMs,
    health: "unknown",
    lastScrapeMs: undefined,
    lastDurationSeconds: undefined,
    lastSamples: undefined,
    lastProblem: undefined,
  };
}

export function nextStatus(
  status: TargetStatus,
  { report, problem, leftOut }: ScrapeOutcome,
  atMs: number,
): TargetStatus {
  return {
    ...status,
    health: report.up ? "up" : "down",
    lastScrapeMs: atMs,
    lastDurationSeconds: report.durationSeconds,
    lastSamples: report.kept,
    lastProblem: problem ?? leftOutText(leftOut),
  };
}

function leftOutText(leftOut: ScrapeOutcome["leftOut"]): string | undefined {
  if (leftOut === undefined) return undefined;
  const parts: string[] = [];
  if (leftOut.refused > 0) parts.push(`${leftOut.refused} samples are beyond the limits of series or labels`);
  if (leftOut.repeated > 0) parts.push(`${leftOut.repeated} samples are there twice`);
  if (leftOut.badTime > 0) parts.push(`${leftOut.badTime} samples have timestamps too old or too far ahead`);
  return parts.length === 0 ? undefined : parts.join("; ");
}
