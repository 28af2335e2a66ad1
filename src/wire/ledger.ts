import type { Membership } from "../evaluator/membership.ts";
import { randomBytes } from "node:crypto";
import type { Hono } from "hono";
import { createExplainPage } from "../api/explain-page.ts";
import { explainRoutes, type ExplainPorts } from "../api/explain-routes.ts";
import type { SloHistoryBody, SloRevisionListBody } from "../api/explain-schema.ts";
import type { NativeArea } from "../api/native-routes.ts";
import type { Config } from "../config.ts";
import type { Evaluator, EvaluatorPorts } from "../evaluator/evaluator.ts";
import { judgePast } from "../evaluator/judge-past.ts";
import { explainSlo, revisionOf, sloOf, type ExplainSources, type Judgement } from "../ledger/explain-slo.ts";
import { eventCounts } from "../ledger/explain-number.ts";
import { ledgerEntry, type LedgerEntry } from "../ledger/ledger-entry.ts";
import { utcText } from "../ledger/number-text.ts";
import { revisionChanges } from "../ledger/revision-changes.ts";
import { timestampMs, type Now } from "../model/time.ts";
import { createLedgerWriter } from "../record/ledger-writer.ts";
import type { Log } from "../self/log.ts";
import { coveredFromMs as coveredFromMsOf, countParts } from "../slo/count-parts.ts";
import { sloRevision } from "../slo/slo-revision.ts";
import type { Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { insertLedgerEntries } from "../store/clickhouse/ledger-rows.ts";
import { readKeptFrom } from "../store/clickhouse/read-kept-from.ts";
import { readLedgerEntry, readLedgerSteps, readRevisionRuns } from "../store/clickhouse/read-ledger.ts";
import type { Database } from "../store/postgres/database.ts";
import { listIndicators } from "../store/postgres/indicator-store.ts";
import { getSloRevision, getSloRevisionAt, listSloRevisions } from "../store/postgres/slo-revision-store.ts";
import { wireCountReader } from "./counts.ts";
import type { Specs } from "./specs.ts";

export interface LedgerParts {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly evaluator: Pick<Evaluator, "latest">;
  readonly ports: Pick<EvaluatorPorts, "coveredFromMs" | "exclusionOf">;
  readonly specs: Pick<Specs, "inForce">;
  readonly now: Now;
  readonly log: Log;
  readonly share: Pick<Membership, "isLeader">;
}

export interface Ledger {
  readonly area: NativeArea;
  readonly page: Hono;
  stop(): Promise<void>;
}

/** Judges an SLO as it stood at a time, by today's counts. */
type Judge = (slo: Slo, atMs: number) => Promise<Judgement>;

/** Writes what is known of every SLO each minute, where this process evaluates, and explains it to those who ask. */
export function wireLedger(parts: LedgerParts): Ledger {
  const { config, clickhouse, evaluator, ports, now, log } = parts;
  const coveredFromMs = (slo: Slo): number | undefined => coveredFromMsOf(slo, ports.coveredFromMs);
  const writer = createLedgerWriter({
    // One of those who evaluate is enough.
    latest: () => (parts.share.isLeader() ? evaluator.latest() : undefined),
    coveredFromMs,
    append: (entries, token) => insertLedgerEntries(clickhouse, entries, token),
    writer: randomBytes(8).toString("hex"),
    now,
    log,
  });
  if (config.roles.has("evaluate")) writer.start();
  const judge = createJudge(parts);
  const sources = explainSources(parts, judge, coveredFromMs);
  const api: ExplainPorts = {
    explain: (name, times) => explainSlo(sources, name, times),
    history: (name, range) => historyOf(parts, sources, name, range),
    revisions: (name) => revisionsOf(parts, sources, name),
    now,
  };
  return { area: explainRoutes(api), page: createExplainPage(api), stop: () => writer.stop() };
}

function explainSources(
  { clickhouse, config, db, evaluator, now, specs }: LedgerParts,
  judge: Judge,
  coveredFromMs: (slo: Slo) => number | undefined,
): ExplainSources {
  const { retention } = config.file;
  return {
    now,
    currentSlo: (name) => specs.inForce().slos.find((slo) => slo.name === name),
    latestEntry: (name): LedgerEntry | undefined => {
      const verdict = evaluator.latest()?.verdicts.get(name);
      return verdict && ledgerEntry(verdict, coveredFromMs(verdict.slo));
    },
    ledgerEntry: (name, atMs) => readLedgerEntry(clickhouse, name, atMs),
    revision: (name, revision) => getSloRevision(db, name, revision),
    revisionAt: (name, atMs) => getSloRevisionAt(db, name, new Date(atMs)),
    judge,
    rawFromMs: async (slo) => {
      const table = countParts(slo).some(({ indicator }) => indicator.source === "metrics")
        ? "samples"
        : "spans";
      return Math.max(now() - retention[table], await readKeptFrom(clickhouse, table));
    },
    countsKeptFromMs: () => now() - retention.sliCounts,
  };
}

/** Group ids are microseconds of the clock, so one says until when was counted. */
const GROUPS_PER_MS = 1_000n;

function createJudge({ clickhouse, db, ports }: LedgerParts): Judge {
  // People's questions wait in their own lane, not in the evaluator's.
  const reader = wireCountReader(clickhouse, "read");
  return async (slo, atMs) => {
    const ids = countParts(slo).map(({ indicator }) => indicator.id);
    const missing = ids.filter((id) => ports.coveredFromMs(id) === undefined);
    const retired = new Map<string, number>();
    for (const { indicator, state, coveredFromMs, countedUpToGroup } of missing.length === 0
      ? []
      : await listIndicators(db)) {
      if (!missing.includes(indicator.id)) continue;
      if (state !== "retired") return { kind: "unknown", reason: "What is stored is still being counted." };
      const untilMs = Number((countedUpToGroup ?? 0n) / GROUPS_PER_MS);
      if (untilMs < atMs) {
        const reason = `What its definition of then counts is not counted any more since ${utcText(untilMs)}.`;
        return { kind: "unknown", reason };
      }
      retired.set(indicator.id, coveredFromMs ?? 0);
    }
    if (missing.some((id) => !retired.has(id))) {
      return { kind: "unknown", reason: "What its definition counts was never counted." };
    }
    const covered = (id: string): number | undefined => ports.coveredFromMs(id) ?? retired.get(id);
    const verdicts = await judgePast(reader, [slo], timestampMs(atMs), covered, ports.exclusionOf);
    const verdict = verdicts.get(slo.name)!;
    return { kind: "judged", verdict, coveredFromMs: coveredFromMsOf(slo, covered) ?? 0 };
  };
}

async function historyOf(
  { clickhouse }: LedgerParts,
  sources: ExplainSources,
  name: string,
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
): Promise<SloHistoryBody | undefined> {
  const steps = await readLedgerSteps(clickhouse, name, range);
  if (steps.length === 0 && !(await isKnown(sources, name))) return undefined;
  return {
    slo: name,
    start: new Date(range.startMs).toISOString(),
    end: new Date(range.endMs).toISOString(),
    stepMs: range.stepMs,
    points: steps.map(({ at, state, counts, remainingRatio, revision }) => {
      const events = eventCounts(counts);
      return {
        at: new Date(at).toISOString(),
        state,
        sli: events.totalEvents > 0 ? events.goodEvents / events.totalEvents : null,
        budgetRemainingRatio: remainingRatio ?? null,
        ...events,
        revision,
      };
    }),
  };
}

async function isKnown(sources: ExplainSources, name: string): Promise<boolean> {
  if (sources.currentSlo(name) !== undefined) return true;
  return (await sources.revisionAt(name, sources.now())) !== undefined;
}

const MOST_REVISIONS = 100;

async function revisionsOf(
  { clickhouse, db }: LedgerParts,
  sources: ExplainSources,
  name: string,
): Promise<SloRevisionListBody | undefined> {
  const stored = await listSloRevisions(db, name, MOST_REVISIONS);
  if (stored.length === 0) return undefined;
  const runs = await readRevisionRuns(clickhouse, name, 10 * MOST_REVISIONS);
  const current = sources.currentSlo(name);
  const currentRevision = current && sloRevision(current);
  return {
    slo: name,
    revisions: stored.map((one, i) => {
      const before = stored[i + 1];
      return {
        ...revisionOf(sloOf(one), one.revision, one.revision === currentRevision, one),
        changes: before === undefined ? [] : revisionChanges(sloOf(before), sloOf(one)),
        inForce: runs
          .filter(({ revision }) => revision === one.revision)
          .map(({ fromMs, toMs }) => ({
            from: new Date(fromMs).toISOString(),
            to: new Date(toMs).toISOString(),
          })),
      };
    }),
  };
}
