import { and, asc, gte, isNotNull, isNull, lt, or } from "drizzle-orm";
import type { FiredEpisode } from "../../report/report-episodes.ts";
import type { Database } from "./database.ts";
import { episodes } from "./schema.ts";

/** Episodes that fired at some time in [startMs, endMs), oldest first; `most` at most. */
export async function readFiredEpisodes(
  db: Database,
  startMs: number,
  endMs: number,
  most: number,
): Promise<readonly FiredEpisode[]> {
  const { id, sloName, alertKey, severity, facts, firedAt, resolvedAt } = episodes;
  const rows = await db
    .select({ id, sloName, alertKey, severity, facts, firedAt, resolvedAt })
    .from(episodes)
    .where(
      and(
        isNotNull(firedAt),
        lt(episodes.startedAt, endMs),
        lt(firedAt, endMs),
        or(isNull(resolvedAt), gte(resolvedAt, startMs)),
      ),
    )
    .orderBy(asc(firedAt), asc(id))
    .limit(most);
  return rows.map((row) => ({
    id: row.id,
    sloName: row.sloName,
    alertKey: row.alertKey,
    severity: row.severity,
    tier: row.facts.tier,
    firedMs: row.firedAt!,
    resolvedMs: row.resolvedAt ?? undefined,
  }));
}
