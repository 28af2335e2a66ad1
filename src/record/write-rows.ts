import { setTimeout as sleep } from "node:timers/promises";
import { createFloatColumns } from "../model/float-columns.ts";
import type { Exemplar } from "../model/sample-batch.ts";
import type { Now } from "../model/time.ts";
import type { RecordedRow, RecordTable, SubmitSamples } from "./record-ports.ts";

export interface RowWriterOptions {
  readonly table: RecordTable;
  readonly submit: SubmitSamples;
  readonly now: Now;
}

export interface WrittenRows {
  readonly stored: number;
  /** Of series that the table refused. */
  readonly refused: number;
  /** Why the rest is not stored; undefined when everything else is. */
  readonly problem: string | undefined;
}

/** Samples that are submitted together: few enough that making them holds nothing else up. */
const ROWS_AT_ONCE = 2_000;
const ATTEMPTS = 3;
const MAX_WAIT_MS = 2_000;

/** Stores rows under one time, some at a time; rows are taken as they are needed. */
export async function writeRows(
  rows: Iterable<RecordedRow>,
  atMs: number,
  options: RowWriterOptions,
): Promise<WrittenRows> {
  let stored = 0;
  let refused = 0;
  let columns = createFloatColumns(ROWS_AT_ONCE);
  let exemplars: Exemplar[] = [];
  const store = async (): Promise<string | undefined> => {
    if (columns.count === 0) return undefined;
    const problem = await submitSome(columns, exemplars, options);
    if (problem === undefined) stored += columns.count;
    columns = createFloatColumns(ROWS_AT_ONCE);
    exemplars = [];
    return problem;
  };
  for (const { labels, value, startMs, exemplar } of rows) {
    const ref = options.table.refOf(labels, options.now());
    if (ref < 0) refused += 1;
    else if (value === undefined) columns.addStale(ref, atMs);
    else columns.add(ref, atMs, value, startMs);
    if (ref >= 0 && exemplar !== undefined) exemplars.push({ ...exemplar, series: ref });
    if (columns.count < ROWS_AT_ONCE) continue;
    const problem = await store();
    if (problem !== undefined) return { stored, refused, problem };
  }
  return { problem: await store(), stored, refused };
}

async function submitSome(
  columns: ReturnType<typeof createFloatColumns>,
  exemplars: readonly Exemplar[],
  { table, submit }: RowWriterOptions,
): Promise<string | undefined> {
  const batch = { table, floats: columns.finish(), histograms: [], exemplars, metadata: [] };
  for (let attempt = 1; ; attempt += 1) {
    const result = await submit(batch);
    if (result.kind === "stopping") return "the service is stopping";
    if (result.kind !== "failed") return undefined;
    if (attempt === ATTEMPTS) return result.reason;
    await sleep(Math.min(result.retryAfterMs, MAX_WAIT_MS));
  }
}
