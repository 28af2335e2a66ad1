import type { Attributes } from "../../model/attributes.ts";
import { type Labels, labelsOf } from "../../model/labels.ts";
import type { Exemplar, SeriesRef } from "../../model/sample-batch.ts";
import { putAttributes } from "./metric-labels.ts";
import { type ExemplarDraft, FIRST_HIGH_OUT_OF_RANGE, millisOf } from "./point-draft.ts";

/** Characters of names and values together; the filtered attributes of an exemplar with more are left out. */
const MAX_CHARACTERS = 128;

/** The exemplar in a series; without a time of its own it has that of its point. undefined: it has no value. */
export function exemplarOf(draft: ExemplarDraft, series: SeriesRef, pointMs: number): Exemplar | undefined {
  const { value, timeLow, timeHigh } = draft;
  if (value === undefined || timeHigh >= FIRST_HIGH_OUT_OF_RANGE) return undefined;
  const timeMs = timeLow === 0 && timeHigh === 0 ? pointMs : millisOf(timeLow, timeHigh);
  return { series, timeMs, value, labels: exemplarLabels(draft.traceId, draft.spanId, draft.attributes) };
}

function exemplarLabels(traceId: string, spanId: string, attributes: Attributes): Labels {
  const ids = new Map<string, string>();
  if (traceId !== "") ids.set("trace_id", traceId);
  if (spanId !== "") ids.set("span_id", spanId);
  const all = new Map<string, string>();
  putAttributes(all, attributes, () => true);
  for (const [name, value] of ids) all.set(name, value);
  let characters = 0;
  for (const [name, value] of all) characters += charactersOf(name) + charactersOf(value);
  return labelsOf(characters > MAX_CHARACTERS ? ids : all);
}

function charactersOf(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    // The second half of a pair belongs to the character before it.
    if (unit < 0xdc00 || unit > 0xdfff) count += 1;
  }
  return count;
}
