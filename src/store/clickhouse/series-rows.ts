import { type Labels, METRIC_NAME, labelValue } from "../../model/labels.ts";
import type { SampleBatch, SeriesRef } from "../../model/sample-batch.ts";
import { DAY_MS } from "../../model/time.ts";
import type { ClickHouse } from "./clickhouse.ts";
import type { RowBinaryWriter } from "./row-binary.ts";
import type { SeriesDays } from "./series-days.ts";
import { withRowBinaryWriter } from "./writer-pool.ts";

const COLUMNS = ["day", "metric", "id", "labels"] as const;

/**
 * Stores which series the samples of a group belong to, as far as `written` does not know it stored. Before the samples:
 * without its series nobody finds a sample. When that fails, `written` does not keep what was to be stored.
 */
export async function insertSeries(
  clickhouse: ClickHouse,
  written: SeriesDays,
  group: { readonly groupId: bigint; readonly batches: readonly SampleBatch[] },
): Promise<void> {
  await withRowBinaryWriter(async (out) => {
    const rows: NewRow[] = [];
    try {
      for (const batch of group.batches) writeNewSeries(out, batch, written, rows);
      if (rows.length === 0) return;
      await clickhouse.insert("ingest", {
        table: "series",
        columns: COLUMNS,
        rows: out.bytes(),
        rowCount: rows.length,
        deduplicationToken: `series-${group.groupId}`,
      });
    } catch (error) {
      for (const row of rows) written.forget(row.ref, row.id, row.day);
      throw error;
    }
  });
}

interface NewRow {
  readonly ref: SeriesRef;
  readonly id: bigint;
  readonly day: number;
}

function writeNewSeries(out: RowBinaryWriter, batch: SampleBatch, written: SeriesDays, rows: NewRow[]): void {
  const { table, floats } = batch;
  let lastRef = -1;
  let lastDay = -1;
  const note = (ref: SeriesRef, timeMs: number): void => {
    const day = Math.floor(timeMs / DAY_MS);
    if (ref === lastRef && day === lastDay) return;
    lastRef = ref;
    lastDay = day;
    const id = table.id(ref);
    if (!written.note(ref, id, day)) return;
    rows.push({ ref, id, day });
    writeSeries(out, day, id, table.labels(ref));
  };
  for (let i = 0; i < floats.count; i += 1) note(floats.series[i]!, floats.timesMs[i]!);
  for (const sample of batch.histograms) note(sample.series, sample.timeMs);
  for (const exemplar of batch.exemplars) note(exemplar.series, exemplar.timeMs);
}

function writeSeries(out: RowBinaryWriter, day: number, id: bigint, labels: Labels): void {
  const metric = labelValue(labels, METRIC_NAME);
  out.uint16(day);
  out.string(metric);
  out.uint64(id);
  out.varint(labels.length / 2 - (metric === "" ? 0 : 1));
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === METRIC_NAME) continue;
    out.string(labels[i]!);
    out.string(labels[i + 1]!);
  }
}
