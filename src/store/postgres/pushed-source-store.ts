import { and, eq, sql } from "drizzle-orm";
import { recordAudit, type AuditEntry } from "./audit-store.ts";
import type { Database } from "./database.ts";
import { specSources } from "./control-tables.ts";

/** What was pushed under one name. */
export interface PushedSourceRecord {
  readonly name: string;
  /** The git commit, where it was told. */
  readonly commit: string | null;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

/** All that was pushed, by name. */
export async function listPushedSources(db: Database): Promise<readonly PushedSourceRecord[]> {
  const rows = await db
    .select()
    .from(specSources)
    .where(eq(specSources.kind, "pushed"))
    .orderBy(specSources.name);
  return rows.map(({ name, revision, files, updatedBy, updatedAt }) => ({
    name,
    commit: revision,
    files,
    updatedBy,
    updatedAt,
  }));
}

/** Differs whenever something was pushed or removed. */
export async function pushedSourcesVersion(db: Database): Promise<string> {
  const [row] = await db
    .select({
      count: sql<string>`count(*)::text`,
      latest: sql<string>`coalesce(max(${specSources.updatedAt})::text, '')`,
      names: sql<string>`coalesce(md5(string_agg(${specSources.name} || ${specSources.updatedAt}::text, ',' ORDER BY ${specSources.name})), '')`,
    })
    .from(specSources)
    .where(eq(specSources.kind, "pushed"));
  return row === undefined ? "" : `${row.count} ${row.latest} ${row.names}`;
}

/** What may be done with pushed sources while nobody else changes any. */
export interface PushedSourcesChange {
  list(): Promise<readonly PushedSourceRecord[]>;
  /** Puts the files in place, with the commit they are of. */
  write(source: Omit<PushedSourceRecord, "updatedAt">): Promise<void>;
  remove(name: string): Promise<void>;
  audit(entry: AuditEntry): Promise<void>;
}

/**
 * Runs `work` in one transaction that no other change of sources overlaps, on any node: what it decides by what is there
 * holds when it is stored. Nothing of it stays when it rejects.
 */
export function changePushedSources<T>(
  db: Database,
  work: (change: PushedSourcesChange) => Promise<T>,
): Promise<T> {
  return db.transaction(async (transaction) => {
    // Readers go on; writers wait for each other.
    await transaction.execute(sql`LOCK TABLE ${specSources} IN SHARE ROW EXCLUSIVE MODE`);
    return work({
      list: () => listPushedSources(transaction),
      write: async ({ name, commit, files, updatedBy }) => {
        const values = {
          kind: "pushed" as const,
          revision: commit,
          files: files.map(({ path, text }) => ({ path, text })),
          updatedBy,
          // Not the start of the transaction: versions must grow in the order of changes.
          updatedAt: sql`clock_timestamp()`,
        };
        await transaction
          .insert(specSources)
          .values({ name, ...values })
          .onConflictDoUpdate({ target: specSources.name, set: values });
      },
      remove: async (name) => {
        await transaction
          .delete(specSources)
          .where(and(eq(specSources.name, name), eq(specSources.kind, "pushed")));
      },
      audit: (entry) => recordAudit(transaction, entry),
    });
  });
}
