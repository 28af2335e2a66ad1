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
  const rows: NewRows = { refs: [], ids: [], days: [], labels: [] };
  try {
    for (const batch of group.batches) noteNewSeries(batch, written, rows);
    if (rows.refs.length === 0) return;
    await clickhouse.insert("ingest", {
      table: "series",
      columns: COLUMNS,
      format: "Native",
      rows: nativeSeries(rows),
      rowCount: rows.refs.length,
      deduplicationToken: `series-${group.groupId}`,
    });
  } catch (error) {
    for (const [i, ref] of rows.refs.entries()) written.forget(ref, rows.ids[i]!, rows.days[i]!);
    throw error;
  }
}

/** In columns: there may be a hundred thousand. */
interface NewRows {
  readonly refs: SeriesRef[];
  readonly ids: bigint[];
  /** Since the epoch. */
  readonly days: number[];
  readonly labels: Labels[];
}

function noteNewSeries(batch: SampleBatch, written: SeriesDays, rows: NewRows): void {
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
    rows.refs.push(ref);
    rows.ids.push(id);
    rows.days.push(day);
    rows.labels.push(table.labels(ref));
  };
  for (let i = 0; i < floats.count; i += 1) note(floats.series[i]!, floats.timesMs[i]!);
  for (const sample of batch.histograms) note(sample.series, sample.timeMs);
  for (const exemplar of batch.exemplars) note(exemplar.series, exemplar.timeMs);
}

function nativeSeries({ ids, days, labels }: NewRows): Uint8Array {
  const rowCount = ids.length;
  const metrics = createNativeDictionary(rowCount);
  /** Of each row: how many labels there are up to its end, as UInt64. */
  const ends = new Uint32Array(2 * rowCount);
  const names = createNativeDictionary(labels.reduce((sum, one) => sum + one.length / 2, 0));
  const values = createNativeTexts();
  let end = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const own = labels[row]!;
    metrics.add(labelValue(own, METRIC_NAME));
    for (let k = 0; k < own.length; k += 2) {
      if (own[k] === METRIC_NAME) continue;
      names.add(own[k]!);
      values.add(own[k + 1]!);
      end += 1;
    }
    ends[2 * row] = end;
  }
  return nativeBlock(rowCount, [
    { name: "day", type: "Date", parts: [bytesOf(Uint16Array.from(days))] },
    { name: "metric", type: "LowCardinality(String)", parts: [metrics.prefix(), ...metrics.parts()] },
    { name: "id", type: "UInt64", parts: [bytesOf(BigUint64Array.from(ids))] },
    {
      name: "labels",
      type: "Map(LowCardinality(String), String)",
      parts: [names.prefix(), bytesOf(ends), ...names.parts(), values.bytes()],
    },
  ]);
}
