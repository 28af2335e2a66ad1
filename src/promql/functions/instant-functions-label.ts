import { labelsKey, labelValue, METRIC_NAME, withLabel, type Labels } from "../../model/labels.ts";
import { goQuote } from "../syntax/go-quote.ts";
import { isLabelName } from "../syntax/label-name.ts";
import { createLabelReplacement } from "./label-replacement.ts";
import { sameLabelsError } from "../eval/merge-series.ts";
import { QueryError } from "../query-error.ts";
import type { MeteredBudget } from "../eval/read-budget.ts";
import type { GridSeries } from "../value.ts";

type Stream = AsyncIterable<GridSeries>;
type Keep = Pick<MeteredBudget, "keep">;

/** UTF-16 units of a value that a function makes: nested calls could double it without end. */
const MAX_VALUE_LENGTH = 16_384;
/** Units that take as much memory as a value of a series. */
const UNITS_PER_VALUE = 8;

/** label_replace(v, target, replacement, source, pattern). Throws QueryError. */
export function labelReplace(vector: Stream, strings: readonly string[], budget: Keep): Stream {
  const [target = "", replacement = "", source = "", pattern = ""] = strings;
  const replace = createLabelReplacement(pattern, replacement);
  requireLabelName(target, "destination label name in label_replace()");
  return relabelled(vector, target, budget, (labels) => replace(labelValue(labels, source)));
}

/** label_join(v, target, separator, sources…). Throws QueryError. */
export function labelJoin(vector: Stream, strings: readonly string[], budget: Keep): Stream {
  const [target = "", separator = "", ...sources] = strings;
  for (const source of sources) requireLabelName(source, "source label name in label_join()");
  requireLabelName(target, "destination label name in label_join()");
  return relabelled(vector, target, budget, (labels) =>
    sources.map((source) => labelValue(labels, source)).join(separator),
  );
}

function requireLabelName(name: string, what: string): void {
  if (!isLabelName(name)) throw new QueryError("execution", `invalid ${what}: ${goQuote(name).slice(1, -1)}`);
}

/** Sets a label to what `value` gives; undefined leaves the series as it is. */
async function* relabelled(
  vector: Stream,
  target: string,
  budget: Keep,
  value: (labels: Labels) => string | undefined,
): AsyncGenerator<GridSeries> {
  const refuseSame = createOverlapCheck();
  for await (const series of vector) {
    const set = value(series.labels);
    if (set !== undefined && set.length > MAX_VALUE_LENGTH) throw valueTooLong(target);
    budget.keep(Math.ceil(((set?.length ?? 0) + series.present.length) / UNITS_PER_VALUE));
    const labels = set === undefined ? series.labels : withLabel(series.labels, target, set);
    refuseSame(labels, series.present);
    // A name that was set is not dropped.
    const dropName = series.dropName === true && (set === undefined || target !== METRIC_NAME);
    yield { ...series, labels, dropName };
  }
}

function valueTooLong(target: string): QueryError {
  return new QueryError(
    "too_large",
    `the value made for label ${goQuote(target)} is longer than ${MAX_VALUE_LENGTH} characters`,
  );
}

/** Refuses two series with equal labels at the same time. Holds a byte for each series and step. */
function createOverlapCheck(): (labels: Labels, present: Uint8Array) => void {
  const seen = new Map<string, Uint8Array>();
  return (labels, present) => {
    const key = labelsKey(labels);
    const known = seen.get(key);
    if (known?.some((there, step) => there === 1 && present[step] === 1) === true) throw sameLabelsError();
    seen.set(key, known === undefined ? present : known.map((there, step) => there | present[step]!));
  };
}
