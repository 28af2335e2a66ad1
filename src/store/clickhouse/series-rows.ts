import { type Labels, METRIC_NAME, labelValue } from "../../model/labels.ts";
import type { SampleBatch, SeriesRef } from "../../model/sample-batch.ts";
import { DAY_MS } from "../../model/time.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { bytesOf, createNativeDictionary, nativeBlock } from "./native-block.ts";
import { createNativeTexts } from "./native-texts.ts";
import type { SeriesDays } from "./series-days.ts";

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
  const rows: NewRow[] = [];
  try {
    for (const batch of group.batches) noteNewSeries(batch, written, rows);
    if (rows.length === 0) return;
    await clickhouse.insert("ingest", {
      table: "series",
      columns: COLUMNS,
      format: "Native",
      rows: nativeSeries(rows),
      rowCount: rows.length,
      deduplicationToken: `series-${group.groupId}`,
    });
  } catch (error) {
    for (const row of rows) written.forget(row.ref, row.id, row.day);
    throw error;
  }
}

interface NewRow {
  readonly ref: SeriesRef;
  readonly id: bigint;
  readonly day: number;
  readonly labels: Labels;
}

function noteNewSeries(batch: SampleBatch, written: SeriesDays, rows: NewRow[]): void {
  const { table, floats } = batch;
  let lastRef = -1;
  let lastDay = -1;
  const note = (ref: SeriesRef, timeMs: number): void => {
    const day = Math.floor(timeMs / DAY_MS);
    if (ref === lastRef && day === lastDay) return;
    lastRef = ref;
    lastDay = day;
    const id = table.id(ref);
    if (written.note(ref, id, day)) rows.push({ ref, id, day, labels: table.labels(ref) });
  };
  for (let i = 0; i < floats.count; i += 1) note(floats.series[i]!, floats.timesMs[i]!);
  for (const sample of batch.histograms) note(sample.series, sample.timeMs);
  for (const exemplar of batch.exemplars) note(exemplar.series, exemplar.timeMs);
}

function nativeSeries(rows: readonly NewRow[]): Uint8Array {
  const days = new Uint16Array(rows.length);
  const metrics = createNativeDictionary(rows.length);
  const ids = new BigUint64Array(rows.length);
  /** Of each row: how many labels there are up to its end. */
  const ends = new BigUint64Array(rows.length);
  const names = createNativeDictionary(rows.reduce((sum, row) => sum + row.labels.length / 2, 0));
  const values = createNativeTexts();
  let end = 0;
  for (const [i, { id, day, labels }] of rows.entries()) {
    days[i] = day;
    ids[i] = id;
    metrics.add(labelValue(labels, METRIC_NAME));
    for (let k = 0; k < labels.length; k += 2) {
      if (labels[k] === METRIC_NAME) continue;
      names.add(labels[k]!);
      values.add(labels[k + 1]!);
      end += 1;
    }
    ends[i] = BigInt(end);
  }
  return nativeBlock(rows.length, [
    { name: "day", type: "Date", parts: [bytesOf(days)] },
    { name: "metric", type: "LowCardinality(String)", parts: [metrics.prefix(), ...metrics.parts()] },
    { name: "id", type: "UInt64", parts: [bytesOf(ids)] },
    {
      name: "labels",
      type: "Map(LowCardinality(String), String)",
      parts: [names.prefix(), bytesOf(ends), ...names.parts(), values.bytes()],
    },
  ]);
}
