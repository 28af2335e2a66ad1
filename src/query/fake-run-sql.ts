import { type Labels, METRIC_NAME, labelValue } from "../model/labels.ts";
import { RowBinaryWriter } from "../store/clickhouse/row-binary.ts";
import type { RunSql } from "../store/clickhouse/run-sql.ts";

/** A series that the fake store has; every selector selects all of them. */
export interface FakeSeries {
  readonly labels: Labels;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/** Answers the statements of the reader of series for a store that has these; the engine's own functions are not there. */
export function createFakeRunSql(all: readonly FakeSeries[]): RunSql & { readonly statements: string[] } {
  const statements: string[] = [];
  const run: RunSql = async (sql, params) => {
    statements.push(sql);
    const out = new RowBinaryWriter();
    if (sql.includes("system.functions")) out.uint64(0n);
    else if (sql.includes("FROM series")) writeSeries(out, all, params["after_id"]);
    else if (sql.includes("FROM samples")) writeSamples(out, all, params["ids"] as readonly bigint[]);
    else throw new Error(`not a statement of the reader: ${sql}`);
    return Uint8Array.from(out.bytes());
  };
  return Object.assign(run, { statements });
}

/** All in one page. */
function writeSeries(out: RowBinaryWriter, all: readonly FakeSeries[], after: unknown): void {
  if (after !== undefined) return;
  all.forEach(({ labels }, i) => {
    const metric = labelValue(labels, METRIC_NAME);
    out.string(metric);
    out.uint64(BigInt(i));
    out.varint(labels.length / 2 - 1);
    for (let k = 0; k < labels.length; k += 2) {
      if (labels[k] === METRIC_NAME) continue;
      out.string(labels[k]!);
      out.string(labels[k + 1]!);
    }
    out.uint8(0);
  });
}

/** One block, in the format Native. */
function writeSamples(out: RowBinaryWriter, all: readonly FakeSeries[], ids: readonly bigint[]): void {
  const rows = ids.flatMap((id) => {
    const { timesMs, values } = all[Number(id)]!;
    return Array.from(timesMs, (timeMs, i) => ({ id, timeMs, value: values[i]! }));
  });
  out.varint(3);
  out.varint(rows.length);
  out.string("series");
  out.string("UInt64");
  for (const { id } of rows) out.uint64(id);
  out.string("time_ms");
  out.string("Float64");
  for (const { timeMs } of rows) out.float64(timeMs);
  out.string("value");
  out.string("Float64");
  for (const { value } of rows) out.float64(value);
}
