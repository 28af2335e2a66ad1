import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { databaseTime, timestampMs } from "./columns.ts";

/** Which indicators are being counted, and up to which ingest group the counts of a retired one are complete. */
export const indicators = pgTable("indicators", {
  /** Hash of the definition. */
  id: text("id").primaryKey(),
  definition: jsonb("definition").notNull(),
  /** backfilling: counts are incomplete and are made anew · live: every group is counted · retired: no SLO uses it. */
  state: text("state", { enum: ["backfilling", "live", "retired"] }).notNull(),
  /** Last ingest group counted, for retired ones; decimal text of a UInt64. */
  countedUpToGroup: text("counted_up_to_group"),
  /** Raw spans reach back to here at backfill; earlier counts are unknown. Null while unknown. */
  coveredFromMs: timestampMs("covered_from_ms"),
  createdAt: databaseTime("created_at")
    .notNull()
    .default(sql`now()`),
});

/** Every distinct definition of an SLO that was ever loaded. */
export const sloRevisions = pgTable(
  "slo_revisions",
  {
    sloName: text("slo_name").notNull(),
    /** SHA-256 of the normalised definition, hex. */
    revision: text("revision").notNull(),
    definition: jsonb("definition").notNull(),
    file: text("file").notNull(),
    /** Of the file, where its source is git. */
    commit: text("commit"),
    loadedAt: databaseTime("loaded_at")
      .notNull()
      .default(sql`now()`),
  },
  (table) => [primaryKey({ columns: [table.sloName, table.revision] })],
);

/** Who changed what, for people: never a secret. */
export const auditLog = pgTable(
  "audit_log",
  {
    sequence: bigint("sequence", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: databaseTime("at")
      .notNull()
      .default(sql`now()`),
    /** `key:<name>`, `local`, `slack:<user>`, `pagerduty:<user>`, `git:<commit>`, `noroshi`. */
    actor: text("actor").notNull(),
    /** A dotted verb, as `correction.create`, `specs.apply`, `silence.expire`. */
    action: text("action").notNull(),
    /** What was changed: its name or id. */
    subject: text("subject").notNull(),
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull(),
  },
  (table) => [index("audit_log_of_subject").on(table.subject, table.sequence)],
);

/** Corrections made by API (see slo/correction.ts); those in files live there. A deleted one stays, for the ledger. */
export const corrections = pgTable("corrections", {
  id: text("id").primaryKey(),
  definition: jsonb("definition").notNull(),
  createdBy: text("created_by").notNull(),
  createdAt: databaseTime("created_at")
    .notNull()
    .default(sql`now()`),
  deletedBy: text("deleted_by"),
  deletedAt: databaseTime("deleted_at"),
});

/** What each source of specs holds: the pushed files of `noroshi apply`, the last good files of git and of folders. */
export const specSources = pgTable("spec_sources", {
  name: text("name").primaryKey(),
  kind: text("kind", { enum: ["pushed", "git", "folder"] }).notNull(),
  /** The git commit, where there is one. */
  revision: text("revision"),
  files: jsonb("files").$type<{ path: string; text: string }[]>().notNull(),
  updatedBy: text("updated_by").notNull(),
  updatedAt: databaseTime("updated_at")
    .notNull()
    .default(sql`now()`),
});

/** Who does what among several processes, on the database's clock. `token` grows with every new owner: a fence. */
export const leases = pgTable("leases", {
  name: text("name").primaryKey(),
  owner: text("owner").notNull(),
  token: bigint("token", { mode: "number" }).notNull(),
  until: databaseTime("until").notNull(),
});

/** The values by which the events of an indicator are grouped (see grouping/scope-state.ts), so that a restart keeps them. */
export const sloGroups = pgTable("slo_groups", {
  /** Hash of the indicator and the keys. */
  scopeId: text("scope_id").primaryKey(),
  record: jsonb("record").notNull(),
  /** Counts the changes: a writer that worked on an older one changes nothing. */
  version: integer("version").notNull(),
  updatedAt: databaseTime("updated_at")
    .notNull()
    .default(sql`now()`),
});
