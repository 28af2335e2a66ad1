import { randomUUID } from "node:crypto";
import type { CountDelta } from "../model/sli-counts.ts";
import type { CountsStore } from "./counts-sql.ts";
import { bucketScopes, findDrift } from "./find-drift.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

const ADD_COUNTS = `
INSERT INTO sli_counts (indicator, bucket, writer, good, total)
SELECT indicator, toDateTime(bucket_s, 'UTC'), {writer:UInt64}, good, total
FROM (SELECT 1)
ARRAY JOIN
  {indicators:Array(String)} AS indicator,
  {buckets_s:Array(UInt32)} AS bucket_s,
  {good:Array(Float64)} AS good,
  {total:Array(Float64)} AS total`;

/** Parameters travel in the URL of a remote store, whose length is limited. */
const ROWS_PER_INSERT = 2_000;

/** Adds corrections to the counts. Rows and not replacements: a sum must never be gone for a moment. */
export async function addCounts(
  store: CountsStore,
  writer: bigint,
  deltas: readonly CountDelta[],
): Promise<void> {
  for (let from = 0; from < deltas.length; from += ROWS_PER_INSERT) {
    const rows = deltas.slice(from, from + ROWS_PER_INSERT);
    await store.command(ADD_COUNTS, {
      params: {
        writer,
        indicators: rows.map((row) => row.indicator),
        buckets_s: rows.map((row) => row.bucketMs / 1_000),
        good: rows.map((row) => row.good),
        total: rows.map((row) => row.total),
      },
      deduplicationToken: `correction-${randomUUID()}`,
    });
  }
}

/**
 * Makes the counts of these buckets equal the spans and returns what was added. Exact only while no group is being
 * stored; killed at any point and done again it comes to the same, since it asks first what is missing.
 */
export async function correctBuckets(
  store: CountsStore,
  what: {
    readonly indicators: readonly ParsedIndicator[];
    readonly buckets: Iterable<number>;
    readonly exceptGroups?: readonly bigint[];
    readonly writer: bigint;
  },
): Promise<readonly CountDelta[]> {
  const corrections: CountDelta[] = [];
  const except = what.exceptGroups === undefined ? {} : { exceptGroups: what.exceptGroups };
  for (const scope of bucketScopes(what.buckets)) {
    const drift = await findDrift(store, { indicators: what.indicators, ...scope, ...except });
    await addCounts(store, what.writer, drift);
    corrections.push(...drift);
  }
  return corrections;
}
