import { and, desc, eq, lt } from "drizzle-orm";
import type { Database } from "./database.ts";
import { auditLog } from "./control-tables.ts";

/** Something that somebody changed. Never holds a secret. */
export interface AuditEntry {
  /** `key:<name>`, `local`, `slack:<user>`, `pagerduty:<user>`, `git:<commit>`, `noroshi`. */
  readonly actor: string;
  /** A dotted verb, as `correction.create`. */
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditRecord extends AuditEntry {
  readonly sequence: number;
  readonly at: Date;
}

/** Writes it with the change itself: give the transaction of that. */
export async function recordAudit(db: Database, entry: AuditEntry): Promise<void> {
  await db.insert(auditLog).values({ ...entry, detail: { ...entry.detail } });
}

/** Newest first; `before` is the sequence of the last one of the page before. */
export async function listAudit(
  db: Database,
  filter: { readonly subject?: string; readonly before?: number; readonly limit: number },
): Promise<readonly AuditRecord[]> {
  return db
    .select()
    .from(auditLog)
    .where(
      and(
        filter.subject === undefined ? undefined : eq(auditLog.subject, filter.subject),
        filter.before === undefined ? undefined : lt(auditLog.sequence, filter.before),
      ),
    )
    .orderBy(desc(auditLog.sequence))
    .limit(filter.limit);
}
