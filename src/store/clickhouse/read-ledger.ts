import type { LedgerEntry } from "../../ledger/ledger-entry.ts";
import type { ClickHouse } from "./clickhouse.ts";

interface Row {
  readonly slo: string;
  readonly at_ms: string;
  readonly state: LedgerEntry["state"];
  readonly good: number;
  readonly total: number;
  readonly missing: number;
  readonly budget_ratio: number;
  readonly remaining: number | string;
  readonly excluded_good: number;
  readonly excluded_total: number;
  readonly covered_from_ms: string;
  readonly revision: string;
  readonly corrections: string;
  readonly windows_ms: readonly string[];
  /** JSON has no NaN: it comes as text. */
  readonly burns: readonly (number | string)[];
}

const LAST_ENTRY = `
SELECT slo, toUnixTimestamp64Milli(at) AS at_ms, state, good, total, missing, budget_ratio, remaining,
  excluded_good, excluded_total,
  toUnixTimestamp64Milli(covered_from) AS covered_from_ms, revision, corrections, windows_ms, burns
FROM slo_ledger
WHERE slo = {slo:String} AND at <= fromUnixTimestamp64Milli({at_ms:Int64}, 'UTC')
ORDER BY at DESC
LIMIT 1`;

/** The newest line about an SLO that is not newer than `atMs`; undefined when there is none. */
export async function readLedgerEntry(
  clickhouse: ClickHouse,
  slo: string,
  atMs: number,
): Promise<LedgerEntry | undefined> {
  const params = { slo, at_ms: Math.floor(atMs) };
  const [row] = await clickhouse.query<Row>("read", LAST_ENTRY, { params });
  return row && toEntry(row);
}

function toEntry(row: Row): LedgerEntry {
  const counts = {
    good: row.good,
    total: row.total,
    ...(row.budget_ratio === 0 ? {} : { budgetRatio: row.budget_ratio }),
    ...(row.missing === 0 ? {} : { missing: row.missing }),
  };
  return {
    slo: row.slo,
    at: Number(row.at_ms),
    state: row.state,
    counts,
    remainingRatio: finite(row.remaining),
    raw: { good: counts.good + row.excluded_good, total: counts.total + row.excluded_total },
    coveredFromMs: Number(row.covered_from_ms),
    revision: row.revision,
    corrections: row.corrections,
    burns: row.windows_ms.map((windowMs, i) => {
      const burn = finite(row.burns[i]);
      return { windowMs: Number(windowMs), burnRate: burn && Math.fround(burn) };
    }),
  };
}

/** NaN comes as text. */
function finite(value: number | string | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

const STEPS = `
SELECT intDiv(toUnixTimestamp64Milli(at) - {start_ms:Int64}, {step_ms:Int64}) AS step,
  argMax(tuple(toUnixTimestamp64Milli(at), state, good, total, remaining, revision), at) AS last
FROM slo_ledger
WHERE slo = {slo:String}
  AND at >= fromUnixTimestamp64Milli({start_ms:Int64}, 'UTC')
  AND at < fromUnixTimestamp64Milli({end_ms:Int64}, 'UTC')
GROUP BY step
ORDER BY step`;

/** The last line of a step. */
export interface LedgerStep extends Pick<
  LedgerEntry,
  "at" | "state" | "counts" | "remainingRatio" | "revision"
> {
  /** Counted from 0. */
  readonly step: number;
}

/** The last line in each step of [startMs, endMs); steps without one are left out. */
export async function readLedgerSteps(
  clickhouse: ClickHouse,
  slo: string,
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
): Promise<readonly LedgerStep[]> {
  const params = { slo, start_ms: range.startMs, end_ms: range.endMs, step_ms: range.stepMs };
  const rows = await clickhouse.query<{
    step: string;
    last: readonly [
      at: string,
      state: LedgerEntry["state"],
      good: number,
      total: number,
      remaining: number | string,
      revision: string,
    ];
  }>("read", STEPS, { params });
  return rows.map(({ step, last: [at, state, good, total, remaining, revision] }) => ({
    step: Number(step),
    at: Number(at),
    state,
    counts: { good, total },
    remainingRatio: finite(remaining),
    revision,
  }));
}

/** The first line of every run of the same definition; then the runs. */
const RUNS = `
SELECT any(revision) AS revision, toUnixTimestamp64Milli(min(at)) AS from_ms, toUnixTimestamp64Milli(max(at)) AS to_ms
FROM (
  SELECT at, revision, sum(begins) OVER (ORDER BY at ROWS UNBOUNDED PRECEDING) AS run
  FROM (
    SELECT at, revision,
      revision != lagInFrame(revision, 1, '') OVER (ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS begins
    FROM slo_ledger
    WHERE slo = {slo:String}
  )
)
GROUP BY run
ORDER BY from_ms DESC
LIMIT {most:UInt32}`;

/** A time in which an SLO was judged by one definition, both ends included. */
export interface RevisionRun {
  readonly revision: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** By which definition an SLO was judged, newest first; `most` at most. */
export async function readRevisionRuns(
  clickhouse: ClickHouse,
  slo: string,
  most: number,
): Promise<readonly RevisionRun[]> {
  const rows = await clickhouse.query<{ revision: string; from_ms: string; to_ms: string }>("read", RUNS, {
    params: { slo, most },
  });
  return rows.map((row) => ({
    revision: row.revision,
    fromMs: Number(row.from_ms),
    toMs: Number(row.to_ms),
  }));
}
