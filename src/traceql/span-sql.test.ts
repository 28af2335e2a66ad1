import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arbitraryComparison, arbitraryFilter } from "../../test/contract/arbitrary-filters.ts";
import { arbitraryBatch } from "../../test/contract/arbitrary-spans.ts";
import { DAY_MS, durationMs } from "../model/time.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../store/clickhouse/migrate-clickhouse.ts";
import { insertSpans } from "../store/clickhouse/span-rows.ts";
import { printFilter } from "./print-filter.ts";
import { parseSpanFilter } from "./parse-span-filter.ts";
import type { SpanFilter } from "./span-filter.ts";
import { compilePredicate } from "./span-predicate.ts";
import { filterToSql } from "./span-sql.ts";

let clickhouse: ClickHouse;
let dataDir: string;
let lastGroup = 0n;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "noroshi-traceql-"));
  clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
  const retention = {
    spansMs: durationMs(3_650 * DAY_MS),
    sliCountsMs: durationMs(3_650 * DAY_MS),
    samplesMs: DAY_MS,
  };
  await migrateClickHouse(clickhouse, { retention });
});

afterAll(async () => {
  await clickhouse.close();
  await rm(dataDir, { recursive: true, force: true });
});

const END_MS = 1_750_000_000_000;

async function store(batch: SpanBatch): Promise<bigint> {
  lastGroup += 1n;
  await insertSpans(clickhouse, { groupId: lastGroup, writer: 1n, batches: [batch] });
  return lastGroup;
}

/** For each filter the rows that the SQL selects; `end_time` tells the row. */
async function selectedBySql(group: bigint, filters: readonly SpanFilter[]): Promise<number[][]> {
  const columns = filters.map((filter, i) => `${filterToSql(filter)} AS f${i}, toTypeName(f${i}) AS t${i}`);
  const sql = `SELECT toUnixTimestamp64Milli(end_time) - ${END_MS} AS row_number, ${columns.join(", ")} FROM spans WHERE group_id = {group:UInt64}`;
  const rows = await clickhouse.query<Record<string, unknown>>("read", sql, { params: { group } });
  return filters.map((filter, i) => {
    for (const row of rows) {
      expect({ filter: printFilter(filter), type: row[`t${i}`] }).toMatchObject({ type: "UInt8" });
    }
    const selected = rows.filter((row) => row[`f${i}`] === 1).map((row) => Number(row["row_number"]));
    return selected.sort((a, b) => a - b);
  });
}

function selectedByPredicate(batch: SpanBatch, filter: SpanFilter): number[] {
  const test = compilePredicate(filter)(batch);
  return Array.from({ length: batch.count }, (_, row) => row).filter((row) => test(row));
}

/** The end of row i is END_MS + i. */
function numbered(batch: SpanBatch): SpanBatch {
  const endMs = batch.endMs.map((_, row) => END_MS + row);
  return { ...batch, endMs, endUnixNano: BigUint64Array.from(endMs, (ms) => BigInt(ms) * 1_000_000n) };
}

async function expectAgreement(batch: SpanBatch, filters: readonly SpanFilter[]): Promise<void> {
  const bySql = await selectedBySql(await store(batch), filters);
  for (const [i, filter] of filters.entries()) {
    const text = printFilter(filter);
    expect({ text, rows: bySql[i] }).toEqual({ text, rows: selectedByPredicate(batch, filter) });
  }
}

/** The whole counterexample would fill the terminal; the filter, its SQL and the seed are what one needs. */
function reportShortly<T>(run: fc.RunDetails<T>): void {
  if (run.failed)
    throw new Error(`seed ${run.seed}, path ${run.counterexamplePath}`, { cause: run.errorInstance });
}

describe("filterToSql", () => {
  it.each([
    ["single comparisons", arbitraryComparison],
    ["whole filters", arbitraryFilter],
  ])(
    "selects the spans that the predicate selects: %s",
    async (_, filter) => {
      await fc.assert(
        fc.asyncProperty(
          arbitraryBatch(fc.constant(END_MS), { minLength: 30, maxLength: 60 }).map(numbered),
          fc.array(filter, { minLength: 40, maxLength: 40 }),
          expectAgreement,
        ),
        { numRuns: 15, endOnFailure: true, reporter: reportShortly },
      );
    },
    240_000,
  );

  it("reads only the granules of the service that a filter names", async () => {
    const parsed = parseSpanFilter('{ resource.service.name = "payment" && kind = server }');
    if (!parsed.ok) throw new Error(parsed.error.message);
    const plan = await clickhouse.query<{ explain: string }>(
      "read",
      `EXPLAIN indexes = 1 SELECT count() FROM spans WHERE ${filterToSql(parsed.filter)}`,
    );
    expect(plan.map((row) => row.explain).join("\n")).toMatch(
      /Condition: \(?.*service in \['payment', 'payment'\]/,
    );
  });
});
