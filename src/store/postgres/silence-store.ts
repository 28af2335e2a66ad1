import { and, desc, eq, gt, isNull, lt, lte, or, sql, type SQL } from "drizzle-orm";
import type { LabelMatcher } from "../../alert/label-matcher.ts";
import type { NewSilence, Silence, SilenceState } from "../../alert/silence.ts";
import { printMatcher } from "../../alert/label-matcher.ts";
import { timestampMs, type TimestampMs } from "../../model/time.ts";
import { recordAudit } from "./audit-store.ts";
import type { Database } from "./database.ts";
import { newUuid } from "./new-uuid.ts";
import { silences } from "./schema.ts";

/** More at once would be a mistake of a script, and every alert is compared with each of them. */
export const MOST_SILENCES = 2_000;

/** Those that are in force at this time, or to come, in the order of their ends. */
export async function listCurrentSilences(db: Database, at: TimestampMs): Promise<readonly Silence[]> {
  const rows = await db
    .select()
    .from(silences)
    .where(and(gt(silences.endsAt, at), gt(silences.endsAt, silences.startsAt)))
    .orderBy(silences.endsAt, silences.id)
    .limit(MOST_SILENCES);
  return rows.map(silenceOf);
}

export interface SilenceFilter {
  /** undefined: all of them, ended ones too. */
  readonly state: SilenceState | undefined;
  /** At which `state` is meant. */
  readonly at: TimestampMs;
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor: string | undefined;
}

/** Newest first. */
export async function listSilences(
  db: Database,
  { state, at, limit, cursor }: SilenceFilter,
): Promise<{ readonly silences: readonly Silence[]; readonly nextCursor: string | null }> {
  const rows = await db
    .select()
    .from(silences)
    .where(and(inState(state, at), cursor === undefined ? undefined : lt(silences.id, cursor)))
    // Ids of version 7 are in the order of their making.
    .orderBy(desc(silences.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit).map(silenceOf);
  return { silences: page, nextCursor: rows.length > page.length ? (page.at(-1)?.id ?? null) : null };
}

export async function getSilence(db: Database, id: string): Promise<Silence | undefined> {
  const rows = await db.select().from(silences).where(eq(silences.id, id));
  return rows[0] && silenceOf(rows[0]);
}

/** Stores it, with who did. `too-many`: 2,000 are in force or to come. */
export async function createSilence(
  db: Database,
  silence: NewSilence,
  actor: string,
  at: TimestampMs,
): Promise<Silence | "too-many"> {
  return db.transaction(async (tx) => {
    const current = await tx.$count(silences, gt(silences.endsAt, at));
    if (current >= MOST_SILENCES) return "too-many";
    const { comment, author, startsAt, endsAt } = silence;
    const matchers = silence.matchers.map((matcher) => ({ ...matcher }));
    const id = newUuid(at);
    const values = { id, matchers, startsAt, endsAt, comment, author, createdBy: actor };
    const [row] = await tx.insert(silences).values(values).returning();
    await recordAudit(tx, { actor, action: "silence.create", subject: id, detail: auditOf(silence) });
    return silenceOf(row!);
  });
}

/** Ends it now, with who did; one that has ended stays as it is. undefined: there is none of this id. */
export async function endSilence(
  db: Database,
  id: string,
  actor: string,
  at: TimestampMs,
): Promise<{ readonly silence: Silence; readonly wasOver: boolean } | undefined> {
  return db.transaction(async (tx) => {
    const [before] = await tx.select().from(silences).where(eq(silences.id, id)).for("update");
    if (before === undefined) return undefined;
    if (before.endsAt <= at || before.endedBy !== null) return { silence: silenceOf(before), wasOver: true };
    // One that is still to begin never does.
    const endsAt = Math.max(before.startsAt, at);
    const [row] = await tx
      .update(silences)
      .set({ endsAt, endedBy: actor })
      .where(eq(silences.id, id))
      .returning();
    const detail = auditOf(silenceOf(before));
    await recordAudit(tx, { actor, action: "silence.expire", subject: id, detail });
    return { silence: silenceOf(row!), wasOver: false };
  });
}

/** Notes that people were told of its coming end. False when somebody was faster. */
export async function markReminded(db: Database, id: string, at: TimestampMs): Promise<boolean> {
  const rows = await db
    .update(silences)
    .set({ remindedAt: at })
    .where(and(eq(silences.id, id), isNull(silences.remindedAt)))
    .returning({ id: silences.id });
  return rows.length === 1;
}

function inState(state: SilenceState | undefined, at: TimestampMs): SQL | undefined {
  switch (state) {
    case undefined:
      return undefined;
    case "pending":
      return and(gt(silences.startsAt, at), gt(silences.endsAt, silences.startsAt));
    case "active":
      return and(lte(silences.startsAt, at), gt(silences.endsAt, at));
    case "expired":
      return or(lte(silences.endsAt, at), sql`${silences.endsAt} <= ${silences.startsAt}`);
  }
}

/** Times for people. */
function auditOf({ matchers, startsAt, endsAt, comment, author }: NewSilence): Record<string, unknown> {
  return {
    matchers: matchers.map(printMatcher),
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    comment,
    author,
  };
}

function silenceOf(row: typeof silences.$inferSelect): Silence {
  return {
    ...row,
    matchers: row.matchers as LabelMatcher[],
    startsAt: timestampMs(row.startsAt),
    endsAt: timestampMs(row.endsAt),
    createdAt: timestampMs(row.createdAt.getTime()),
    remindedAt: row.remindedAt === null ? null : timestampMs(row.remindedAt),
  };
}
