import { inArray, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { specSources } from "./control-tables.ts";

/** The files of a source as they were when they last ran. */
export interface LastGoodRecord {
  readonly name: string;
  readonly kind: "folder" | "git";
  readonly revision: string | undefined;
  readonly texts: readonly { readonly path: string; readonly text: string }[];
}

type SourceKey = Pick<LastGoodRecord, "name" | "kind">;

/** What is pushed has names without a colon: none of them is the name of such a row. */
const rowName = ({ kind, name }: SourceKey): string => `${kind}:${name}`;

/** What was kept of these sources. */
export async function readLastGood(
  db: Database,
  sources: readonly SourceKey[],
): Promise<readonly LastGoodRecord[]> {
  if (sources.length === 0) return [];
  const rows = await db
    .select()
    .from(specSources)
    .where(inArray(specSources.name, sources.map(rowName)));
  const found = new Map(rows.map((row) => [row.name, row]));
  return sources.flatMap(({ name, kind }) => {
    const row = found.get(rowName({ name, kind }));
    return row === undefined ? [] : [{ name, kind, revision: row.revision ?? undefined, texts: row.files }];
  });
}

/** Keeps them in the place of what was kept. */
export async function writeLastGood(db: Database, record: LastGoodRecord): Promise<void> {
  const values = {
    kind: record.kind,
    revision: record.revision ?? null,
    files: record.texts.map(({ path, text }) => ({ path, text })),
    updatedBy: "noroshi",
    updatedAt: sql`clock_timestamp()`,
  };
  await db
    .insert(specSources)
    .values({ name: rowName(record), ...values })
    .onConflictDoUpdate({ target: specSources.name, set: values });
}
