import { eq } from "drizzle-orm";
import type { Indicator } from "../../slo/indicator.ts";
import type { Database } from "./database.ts";
import { indicators } from "./control-tables.ts";

/** How far the counting of an indicator is (see the column comments in schema.ts). */
export interface IndicatorRecord {
  readonly indicator: Indicator;
  readonly state: "backfilling" | "live" | "retired";
  /** Last ingest group that was counted; while retired, and while a returned one is catching up. */
  readonly countedUpToGroup: bigint | undefined;
  /** Counts are complete from here on, epoch milliseconds; undefined while unknown. */
  readonly coveredFromMs: number | undefined;
}

/** Every indicator that was ever counted. */
export async function listIndicators(db: Database): Promise<IndicatorRecord[]> {
  const rows = await db.select().from(indicators).orderBy(indicators.createdAt, indicators.id);
  return rows.map((row) => ({
    indicator: row.definition as Indicator,
    state: row.state,
    countedUpToGroup: row.countedUpToGroup === null ? undefined : BigInt(row.countedUpToGroup),
    coveredFromMs: row.coveredFromMs ?? undefined,
  }));
}

/** Its counts are about to be made anew from the stored spans; adds the indicator when it is new. */
export async function setIndicatorBackfilling(db: Database, indicator: Indicator): Promise<void> {
  const state = { state: "backfilling", countedUpToGroup: null, coveredFromMs: null } as const;
  await db
    .insert(indicators)
    .values({ id: indicator.id, definition: indicator, ...state })
    .onConflictDoUpdate({ target: indicators.id, set: state });
}

/** A retired one is used again: its counts are complete up to its group, and are being brought up to the present. */
export async function setIndicatorCatchingUp(db: Database, id: string): Promise<void> {
  await db.update(indicators).set({ state: "backfilling" }).where(eq(indicators.id, id));
}

/** Every ingest group is counted from now on, and counts are complete since `coveredFromMs`. */
export async function setIndicatorLive(
  db: Database,
  id: string,
  coverage: { readonly coveredFromMs: number | undefined },
): Promise<void> {
  await db
    .update(indicators)
    .set({ state: "live", countedUpToGroup: null, coveredFromMs: coverage.coveredFromMs ?? null })
    .where(eq(indicators.id, id));
}

/** No SLO uses it any more: groups after `countedUpToGroup` are not counted. */
export async function setIndicatorRetired(
  db: Database,
  id: string,
  end: { readonly countedUpToGroup: bigint },
): Promise<void> {
  await db
    .update(indicators)
    .set({ state: "retired", countedUpToGroup: String(end.countedUpToGroup) })
    .where(eq(indicators.id, id));
}
