import { and, desc, eq, isNull } from "drizzle-orm";
import type { CorrectionSchedule, CorrectionSelector } from "../../slo/correction.ts";
import { recordAudit } from "./audit-store.ts";
import type { Database } from "./database.ts";
import { corrections } from "./control-tables.ts";

/** What a correction made by API says. */
export interface CorrectionDefinition {
  readonly name: string;
  readonly reason: string;
  readonly author: string;
  readonly selects: CorrectionSelector;
  readonly schedule: CorrectionSchedule;
  /** Absent of those that older versions stored. */
  readonly mutes?: boolean;
}

export interface CorrectionRecord {
  readonly id: string;
  readonly definition: CorrectionDefinition;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly deletedBy: string | null;
  readonly deletedAt: Date | null;
}

const MOST_DELETED = 500;

/** Those in force, in the order they were made. */
export async function listCorrections(db: Database): Promise<readonly CorrectionRecord[]> {
  const rows = await db
    .select()
    .from(corrections)
    .where(isNull(corrections.deletedAt))
    .orderBy(corrections.createdAt, corrections.id);
  return rows.map(recordOf);
}

/** All, those that were deleted included, newest first; at most 500. */
export async function listAllCorrections(db: Database): Promise<readonly CorrectionRecord[]> {
  const rows = await db
    .select()
    .from(corrections)
    .orderBy(desc(corrections.createdAt), desc(corrections.id))
    .limit(MOST_DELETED);
  return rows.map(recordOf);
}

/** One, deleted or not. */
export async function getCorrection(db: Database, id: string): Promise<CorrectionRecord | undefined> {
  const rows = await db.select().from(corrections).where(eq(corrections.id, id));
  return rows[0] && recordOf(rows[0]);
}

/** Stores it, with who did. */
export async function createCorrection(
  db: Database,
  id: string,
  definition: CorrectionDefinition,
  actor: string,
): Promise<CorrectionRecord> {
  return db.transaction(async (tx) => {
    const [row] = await tx.insert(corrections).values({ id, definition, createdBy: actor }).returning();
    await recordAudit(tx, { actor, action: "correction.create", subject: id, detail: { ...definition } });
    return recordOf(row!);
  });
}

/** Takes it out of force, with who did; it stays stored. False when none is in force with this id. */
export async function deleteCorrection(db: Database, id: string, actor: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(corrections)
      .set({ deletedBy: actor, deletedAt: new Date() })
      .where(and(eq(corrections.id, id), isNull(corrections.deletedAt)))
      .returning();
    if (row === undefined) return false;
    const { name, reason } = recordOf(row).definition;
    await recordAudit(tx, { actor, action: "correction.delete", subject: id, detail: { name, reason } });
    return true;
  });
}

function recordOf(row: typeof corrections.$inferSelect): CorrectionRecord {
  return { ...row, definition: row.definition as CorrectionDefinition };
}
