import { describe, expect, it } from "vitest";
import { labelsOf } from "../model/labels.ts";
import type { FloatSamples, HistogramSample, SampleBatch } from "../model/sample-batch.ts";
import { SILENT_LOG } from "../self/log.ts";
import { createAccumulator } from "./accumulate-samples.ts";
import { DEFAULT_SERIES_LIMITS } from "./series-limits.ts";
import { createSeriesTable } from "./series-table.ts";
import { createStoredDeltas, storedKey } from "./stored-deltas.ts";
import type { StoredSamplesQuestion } from "./stored-deltas.ts";

const UNTIL_MS = 1_000_000;

interface Row {
  readonly series: string;
  readonly timeMs: number;
  readonly value: number;
  readonly isDelta?: boolean;
}

function stand(
  stored: readonly { readonly series: string; readonly timeMs: number; readonly value: number }[],
) {
  const table = createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG);
  const refOf = (name: string) => table.refOf(labelsOf([["__name__", name]]), 0);
  const asked: StoredSamplesQuestion[] = [];
  const recognise = createStoredDeltas({
    writtenUntilMs: UNTIL_MS,
    read: async (question) => {
      asked.push(question);
      return new Map(
        stored
          .map(({ series, timeMs, value }) => ({ id: table.id(refOf(series)), timeMs, value }))
          .filter(
            ({ id, timeMs }) =>
              question.ids.includes(id) && timeMs >= question.fromMs && timeMs <= question.toMs,
          )
          .map(({ id, timeMs, value }) => [storedKey(id, timeMs), value]),
      );
    },
  });
  const accumulate = createAccumulator({ series: table, writtenUntilMs: UNTIL_MS });
  const floatsOf = (rows: readonly Row[]): FloatSamples => ({
    count: rows.length,
    series: Uint32Array.from(rows, ({ series }) => refOf(series)),
    timesMs: Float64Array.from(rows, ({ timeMs }) => timeMs),
    values: Float64Array.from(rows, ({ value }) => value),
    startsMs: Float64Array.from(rows, ({ timeMs }) => timeMs - 10_000),
    isDelta: Uint8Array.from(rows, ({ isDelta = true }) => (isDelta ? 1 : 0)),
  });
  const batchOf = (rows: readonly Row[], histograms: readonly HistogramSample[] = []): SampleBatch => ({
    table,
    floats: floatsOf(rows),
    histograms,
    exemplars: [],
    metadata: [],
  });
  /** What is stored of a request, as [series, time, value]. */
  const store = async (rows: readonly Row[]) => {
    const group = accumulate(await recognise([batchOf(rows)]));
    group.ended(true);
    return group.samples.flatMap(({ floats }) =>
      Array.from({ length: floats.count }, (_, i) => [
        table.labels(floats.series[i]!)[1],
        floats.timesMs[i],
        floats.values[i],
      ]),
    );
  };
  return { store, asked, recognise, batchOf, refOf };
}

describe("deltas that an earlier run stored", () => {
  it("are the samples that are there already when they are sent again, and not counted a second time", async () => {
    const { store } = stand([{ series: "sent_total", timeMs: UNTIL_MS - 5, value: 117 }]);
    const again = await store([
      { series: "sent_total", timeMs: UNTIL_MS - 5, value: 7 },
      { series: "other_total", timeMs: UNTIL_MS - 5, value: 3 },
    ]);
    expect(again).toContainEqual(["sent_total", UNTIL_MS - 5, 117]);
    expect(again).toHaveLength(3);
    // The next one begins a count after what is stored: a counter reset.
    expect(await store([{ series: "sent_total", timeMs: UNTIL_MS + 9_000, value: 4 }])).toEqual([
      ["sent_total", UNTIL_MS + 9_000, 4],
      ["sent_total", UNTIL_MS + 1, 0],
    ]);
  });

  it("are looked for only among deltas that end before what earlier runs wrote", async () => {
    const { store, asked } = stand([{ series: "sent_total", timeMs: UNTIL_MS + 1, value: 117 }]);
    await store([
      { series: "sent_total", timeMs: UNTIL_MS + 1, value: 7 },
      { series: "level", timeMs: UNTIL_MS - 1, value: 7, isDelta: false },
    ]);
    expect(asked).toEqual([]);
  });

  it("are left out when they are histograms", async () => {
    const { recognise, batchOf, refOf } = stand([{ series: "took", timeMs: UNTIL_MS - 5, value: 1 }]);
    const at = (timeMs: number, isDelta: boolean): HistogramSample => ({
      series: refOf("took"),
      timeMs,
      histogram: undefined,
      startMs: 0,
      isDelta,
    });
    const [batch] = await recognise([
      batchOf([], [at(UNTIL_MS - 5, true), at(UNTIL_MS - 5, false), at(UNTIL_MS - 4, true)]),
    ]);
    expect(batch!.histograms.map(({ timeMs, isDelta }) => [timeMs, isDelta])).toEqual([
      [UNTIL_MS - 5, false],
      [UNTIL_MS - 4, true],
    ]);
  });
});
