import { describeCounting } from "../slo/describe-counting.ts";
import { sloDefinition, sloRevision, type SloDefinition } from "../slo/slo-revision.ts";
import type { SliCounts } from "../slo/bucket.ts";
import type { Slo } from "../slo/slo.ts";
import { describeWindow } from "../slo/slo-window.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import { explainDifference } from "./explain-difference.ts";
import { explainNumber } from "./explain-number.ts";
import type { ExcludedTime, ExplainedNumber, ExplainedRevision, Explanation } from "./explanation.ts";
import { correctionsKey, type LedgerEntry } from "./ledger-entry.ts";
import { utcText } from "./number-text.ts";
import { definitionQueries } from "./revision-changes.ts";

/** A definition as it was stored. */
export interface StoredRevision {
  readonly revision: string;
  readonly definition: unknown;
  readonly file: string;
  readonly commit: string | null;
  readonly loadedAt: Date;
}

/** What today's counts give for a time. */
export type Judgement =
  | {
      readonly kind: "judged";
      readonly verdict: SloVerdict;
      readonly coveredFromMs: number;
    }
  /** `reason`: a sentence. */
  | { readonly kind: "unknown"; readonly reason: string };

/** Where the explanation finds what it tells. */
export interface ExplainSources {
  now(): number;
  /** Of today. */
  currentSlo(name: string): Slo | undefined;
  /** What the evaluator found last, as the ledger will have it. */
  latestEntry(name: string): LedgerEntry | undefined;
  /** The last line not newer than `atMs`. */
  ledgerEntry(name: string, atMs: number): Promise<LedgerEntry | undefined>;
  revision(name: string, revision: string): Promise<StoredRevision | undefined>;
  /** What was loaded last before a time. */
  revisionAt(name: string, atMs: number): Promise<StoredRevision | undefined>;
  judge(slo: Slo, atMs: number): Promise<Judgement>;
  /** Since when the raw telemetry that an SLO counts is still stored. */
  rawFromMs(slo: Slo): Promise<number>;
  /** Since when counts are still stored. */
  countsKeptFromMs(): number;
}

/** A ledger's line is older than this only where nothing was judged. */
const FRESH_MS = 180_000;

interface Found {
  readonly slo: Slo;
  readonly revision: ExplainedRevision;
}

/** Explains an SLO's number; undefined when nothing was ever known of such an SLO. */
export async function explainSlo(
  sources: ExplainSources,
  name: string,
  { atMs, knownMs }: { readonly atMs: number; readonly knownMs: number },
): Promise<Explanation | undefined> {
  const entry = await entryAt(sources, name, knownMs);
  const found = await definitionOf(sources, name, entry, knownMs);
  if (found === undefined) return undefined;
  const { slo, revision } = found;
  const isFresh = entry !== undefined && atMs - entry.at <= FRESH_MS;
  const rawFromMs = await sources.rawFromMs(slo);
  // At the same time as the line, so that only the counts can differ.
  const judgement = await sources.judge(slo, isFresh ? entry.at : atMs);
  const told = entry && numberThen(slo, entry, judgement, rawFromMs);
  const now = judgement.kind === "judged" ? numberNow(sources, slo, judgement, rawFromMs) : undefined;
  return {
    slo: name,
    displayName: slo.displayName,
    service: slo.service,
    owner: slo.owner ?? null,
    at: new Date(atMs).toISOString(),
    asKnown: told ?? null,
    asKnownNote: knownNote(entry, knownMs),
    revision,
    computedNow: now ?? null,
    computedNowNote: judgement.kind === "unknown" ? judgement.reason : null,
    difference: differenceOf(sources, { told, now, entry, isFresh, judgement }),
  };
}

async function entryAt(
  sources: ExplainSources,
  name: string,
  knownMs: number,
): Promise<LedgerEntry | undefined> {
  const latest = sources.latestEntry(name);
  // The ledger has a line a minute; the evaluator may know better.
  if (latest !== undefined && latest.at <= knownMs && knownMs - latest.at < 60_000) return latest;
  return sources.ledgerEntry(name, knownMs);
}

async function definitionOf(
  sources: ExplainSources,
  name: string,
  entry: LedgerEntry | undefined,
  knownMs: number,
): Promise<Found | undefined> {
  const current = sources.currentSlo(name);
  const currentRevision = current && sloRevision(current);
  const wanted = entry?.revision ?? currentRevision;
  const stored =
    (wanted === undefined ? undefined : await sources.revision(name, wanted)) ??
    (await sources.revisionAt(name, knownMs));
  if (current !== undefined && wanted === currentRevision) {
    return { slo: current, revision: revisionOf(current, wanted!, true, stored) };
  }
  if (stored === undefined) {
    return current && { slo: current, revision: revisionOf(current, currentRevision!, true, undefined) };
  }
  const slo = sloOf(stored);
  return { slo, revision: revisionOf(slo, stored.revision, stored.revision === currentRevision, stored) };
}

/** A stored definition as an SLO again. */
export function sloOf({ definition, file }: Pick<StoredRevision, "definition" | "file">): Slo {
  return { ...(definition as SloDefinition), location: { file, line: 1, column: 1 } };
}

/** A definition for people. */
export function revisionOf(
  slo: Slo,
  revision: string,
  isCurrent: boolean,
  stored: Omit<StoredRevision, "definition"> | undefined,
): ExplainedRevision {
  return {
    revision,
    isCurrent,
    target: slo.target,
    window: describeWindow(slo.window),
    source: describeCounting(slo.indicator),
    queries: definitionQueries(slo),
    file: stored?.file ?? slo.location.file,
    commit: stored?.commit ?? null,
    loadedAt: stored?.loadedAt.toISOString() ?? null,
  };
}

function numberThen(slo: Slo, entry: LedgerEntry, judgement: Judgement, rawFromMs: number): ExplainedNumber {
  // The line names its corrections by a key: where they are still the same, they are known.
  const isSame = judgement.kind === "judged" && correctionsKey(judgement.verdict) === entry.corrections;
  const isCounted = isSame && sameCounts(judgement.verdict.budget.counts, entry.counts);
  return explainNumber({
    ...entry,
    definition: sloDefinition(slo),
    atMs: entry.at,
    // It has the whole alone; where nothing changed, the parts are those of now.
    parts: isCounted ? judgement.verdict.budget.composite?.parts : undefined,
    exclusions: isSame ? exclusionsOf(judgement.verdict) : [],
    rawFromMs,
  });
}

function sameCounts(a: SliCounts, b: SliCounts): boolean {
  return a.good === b.good && a.total === b.total;
}

/** Of the times of one correction: a recurring one has thousands. */
const MOST_TIMES = 50;

function exclusionsOf({ corrected }: SloVerdict): ExcludedTime[] {
  return (corrected?.corrections ?? []).flatMap(({ correction, intervals }) =>
    intervals.slice(-MOST_TIMES).map(({ startMs, endMs }) => ({
      id: correction.id,
      reason: correction.reason,
      author: correction.author === "" ? null : correction.author,
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
    })),
  );
}

function numberNow(
  sources: ExplainSources,
  slo: Slo,
  judgement: Extract<Judgement, { kind: "judged" }>,
  rawFromMs: number,
): ExplainedNumber {
  const { verdict, coveredFromMs } = judgement;
  return explainNumber({
    definition: sloDefinition(slo),
    atMs: verdict.at,
    state: verdict.state,
    counts: verdict.budget.counts,
    remainingRatio: verdict.budget.remainingRatio,
    raw: verdict.corrected?.raw.budget.counts ?? verdict.budget.counts,
    burns: verdict.burns,
    parts: verdict.budget.composite?.parts,
    exclusions: exclusionsOf(verdict),
    coveredFromMs: Math.max(0, coveredFromMs, sources.countsKeptFromMs()),
    rawFromMs,
  });
}

function knownNote(entry: LedgerEntry | undefined, knownMs: number): string | null {
  if (entry === undefined) {
    return `Nothing was written about it up to ${utcText(knownMs)}: it was not judged yet, or the ledger of that time is deleted.`;
  }
  const agoMs = knownMs - entry.at;
  if (agoMs <= FRESH_MS) return null;
  return `It was not judged between ${utcText(entry.at)} and ${utcText(knownMs)}: this is what was known last.`;
}

interface Compared {
  readonly told: ExplainedNumber | undefined;
  readonly now: ExplainedNumber | undefined;
  readonly entry: LedgerEntry | undefined;
  readonly isFresh: boolean;
  readonly judgement: Judgement;
}

function differenceOf(sources: ExplainSources, compared: Compared): string[] {
  const { told, now, entry, isFresh, judgement } = compared;
  if (told === undefined || now === undefined || entry === undefined) return [];
  if (!isFresh) return ["The two are about different times, so they cannot be compared."];
  const correctionsChanged =
    judgement.kind === "judged" && correctionsKey(judgement.verdict) !== entry.corrections;
  return explainDifference({
    told,
    now,
    correctionsChanged,
    countsKeptFromMs: sources.countsKeptFromMs(),
  });
}
