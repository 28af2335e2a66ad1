import type { NativeHistogram } from "../../model/native-histogram.ts";
import type { Times } from "./evaluation.ts";
import type { GridSeries } from "../value.ts";

/** A series that is being put together; nothing is present at first. */
export interface GridDraft {
  readonly values: Float64Array;
  readonly present: Uint8Array;
  histograms: (NativeHistogram | undefined)[] | undefined;
}

export function gridDraft(steps: number): GridDraft {
  return { values: new Float64Array(steps), present: new Uint8Array(steps), histograms: undefined };
}

/** Sets what a draft has at a step. */
export function place(draft: GridDraft, step: number, value: number | NativeHistogram): void {
  draft.present[step] = 1;
  if (typeof value === "number") draft.values[step] = value;
  else {
    draft.histograms ??= Array.from({ length: draft.present.length });
    draft.histograms[step] = value;
  }
}

/** undefined when the draft has nothing anywhere. */
export function finished(
  draft: GridDraft,
  labels: GridSeries["labels"],
  dropName: boolean,
): GridSeries | undefined {
  if (!draft.present.includes(1)) return undefined;
  const series = { labels, values: draft.values, present: draft.present, dropName };
  return draft.histograms === undefined ? series : { ...series, histograms: draft.histograms };
}

/** A series of one step, the same at every step. */
export function repeated(series: GridSeries, { steps }: Times): GridSeries {
  const histogram = series.histograms?.[0];
  return {
    ...series,
    values: new Float64Array(steps).fill(series.values[0]!),
    present: new Uint8Array(steps).fill(1),
    ...(histogram === undefined ? {} : { histograms: Array.from({ length: steps }, () => histogram) }),
  };
}
