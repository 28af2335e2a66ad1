import { METRIC_NAME, dropLabels, labelValue, labelsKey, withLabel } from "../../model/labels.ts";
import type { Labels } from "../../model/labels.ts";
import type { FloatColumns } from "../../model/float-columns.ts";
import type { MetricType } from "../../model/sample-batch.ts";

interface Family {
  readonly metric: string;
  readonly type: MetricType;
}

/**
 * When the counters of one OpenMetrics scrape began, which it tells in lines of their own (`<family>_created`), before
 * or after the samples that they are about.
 */
export interface CreatedTimes {
  /** True when the line is such a one, and no sample. */
  takeCreated(ownLabels: Labels, family: Family | undefined, value: number): boolean;
  /** A sample that became row `row`. */
  addSample(row: number, ownLabels: Labels, family: Family | undefined): void;
  /** Gives the rows their starts. */
  apply(columns: FloatColumns): void;
}

const COUNTING: ReadonlySet<MetricType> = new Set<MetricType>(["counter", "histogram", "summary"]);
const LE: ReadonlySet<string> = new Set(["le"]);

export function collectCreatedTimes(): CreatedTimes {
  const startsMs = new Map<string, number>();
  const rows: { readonly row: number; readonly ownLabels: Labels; readonly family: string }[] = [];
  return {
    takeCreated: (ownLabels, family, value) => {
      if (family === undefined || !COUNTING.has(family.type)) return false;
      if (labelValue(ownLabels, METRIC_NAME) !== `${family.metric}_created`) return false;
      const startMs = Math.round(value * 1_000);
      if (startMs > 0 && Number.isSafeInteger(startMs)) {
        startsMs.set(pointKey(ownLabels, family.metric), startMs);
      }
      return true;
    },
    addSample: (row, ownLabels, family) => {
      if (family === undefined || !COUNTING.has(family.type)) return;
      // A quantile is no counter; a sample of another name stands there without a TYPE of its own.
      const name = labelValue(ownLabels, METRIC_NAME);
      if (name === family.metric || !name.startsWith(family.metric)) return;
      rows.push({ row, ownLabels, family: family.metric });
    },
    apply: (columns) => {
      if (startsMs.size === 0) return;
      for (const { row, ownLabels, family } of rows) {
        const startMs = startsMs.get(pointKey(ownLabels, family));
        if (startMs !== undefined) columns.setStart(row, startMs);
      }
    },
  };
}

/** What the samples of one counter, histogram or summary have in common: the family and its labels. */
function pointKey(ownLabels: Labels, family: string): string {
  return labelsKey(withLabel(dropLabels(ownLabels, LE), METRIC_NAME, family));
}
