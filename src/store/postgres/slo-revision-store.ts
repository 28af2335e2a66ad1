import { and, desc, eq, lte, sql } from "drizzle-orm";
import { sloDefinition, sloRevision } from "../../slo/slo-revision.ts";
import type { Slo } from "../../slo/slo.ts";
import type { Database } from "./database.ts";
import { sloRevisions } from "./control-tables.ts";

/** One definition of an SLO that was in force. */
export interface SloRevision {
  readonly sloName: string;
  /** SHA-256 of the definition, hex. */
  readonly revision: string;
  /** The Slo without its location. */
  readonly definition: unknown;
  readonly file: string;
  /** That brought it, where its source is git. */
  readonly commit: string | null;
  readonly loadedAt: Date;
}

const ROWS_PER_INSERT = 200;

/**
 * Keeps the definitions that were never seen before; where a document lies in its file is no part of the definition.
 * `commitOf`: the git commit of a file.
 */
export async function recordSloRevisions(
  db: Database,
  slos: readonly Slo[],
  commitOf: (file: string) => string | undefined = () => undefined,
): Promise<{ added: number }> {
  const rows = slos.map((slo) => ({
    sloName: slo.name,
    revision: sloRevision(slo),
    definition: sloDefinition(slo),
    file: slo.location.file,
    commit: commitOf(slo.location.file) ?? null,
  }));
  let added = 0;
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    const inserted = await db
      .insert(sloRevisions)
      .values(rows.slice(start, start + ROWS_PER_INSERT))
      .onConflictDoNothing()
      .returning({ revision: sloRevisions.revision });
    added += inserted.length;
  }
  return { added };
}

/** The revisions of one SLO, newest first. */
export async function listSloRevisions(db: Database, sloName: string, limit = 100): Promise<SloRevision[]> {
  return db
    .select()
    .from(sloRevisions)
    .where(eq(sloRevisions.sloName, sloName))
    .orderBy(desc(sloRevisions.loadedAt), sloRevisions.revision)
    .limit(limit);
}

/** One revision; undefined when it was never loaded. */
export async function getSloRevision(
  db: Database,
  sloName: string,
  revision: string,
): Promise<SloRevision | undefined> {
  const rows = await db
    .select()
    .from(sloRevisions)
    .where(and(eq(sloRevisions.sloName, sloName), eq(sloRevisions.revision, revision)));
  return rows[0];
}

/** The revision of an SLO that was loaded last before a time, on the database's clock. */
export async function getSloRevisionAt(
  db: Database,
  sloName: string,
  at: Date,
): Promise<SloRevision | undefined> {
  const rows = await db
    .select()
    .from(sloRevisions)
    .where(and(eq(sloRevisions.sloName, sloName), lte(sloRevisions.loadedAt, at)))
    .orderBy(desc(sloRevisions.loadedAt))
    .limit(1);
  return rows[0];
}

/** Names of the SLOs that got another definition within [start, end); new ones are not among them. */
export async function listRedefinedSlos(db: Database, start: Date, end: Date): Promise<readonly string[]> {
  const rows = await db
    .select({ sloName: sloRevisions.sloName })
    .from(sloRevisions)
    .groupBy(sloRevisions.sloName)
    .having(
      sql`count(*) filter (where ${sloRevisions.loadedAt} >= ${start.toISOString()}::timestamptz and ${sloRevisions.loadedAt} < ${end.toISOString()}::timestamptz) > 0
        and min(${sloRevisions.loadedAt}) < max(${sloRevisions.loadedAt}) filter (where ${sloRevisions.loadedAt} < ${end.toISOString()}::timestamptz)`,
    );
  return rows.map(({ sloName }) => sloName);
}
