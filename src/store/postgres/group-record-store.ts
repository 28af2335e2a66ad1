import { and, eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { sloGroups } from "./control-tables.ts";

/** What was found of one way to group events; `Document` is plain JSON. */
export interface StoredGroups<Document> {
  readonly record: Document;
  /** Counts the changes from 1. */
  readonly version: number;
}

/** Undefined when nothing was found yet. */
export async function loadGroupRecord<Document>(
  db: Database,
  scopeId: string,
): Promise<StoredGroups<Document> | undefined> {
  const [row] = await db.select().from(sloGroups).where(eq(sloGroups.scopeId, scopeId));
  return row && { record: row.record as Document, version: row.version };
}

/** Replaces the record of this version (0: there is none yet). `conflict`: somebody else has changed it since. */
export async function saveGroupRecord(
  db: Database,
  scopeId: string,
  record: object,
  version: number,
): Promise<"stored" | "conflict"> {
  const rows =
    version === 0
      ? await db
          .insert(sloGroups)
          .values({ scopeId, record, version: 1 })
          .onConflictDoNothing()
          .returning({ version: sloGroups.version })
      : await db
          .update(sloGroups)
          .set({ record, version: version + 1, updatedAt: sql`now()` })
          .where(and(eq(sloGroups.scopeId, scopeId), eq(sloGroups.version, version)))
          .returning({ version: sloGroups.version });
  return rows.length === 0 ? "conflict" : "stored";
}
