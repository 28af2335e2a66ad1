import type { Attributes } from "../../model/attributes.ts";
import { createFloatColumns } from "../../model/float-columns.ts";
import type { Exemplar, HistogramSample, MetricMetadata, SampleBatch } from "../../model/sample-batch.ts";
import type { TimestampMs } from "../../model/time.ts";
import { exemplarOf } from "./exemplars.ts";
import { nativeHistogramOf } from "./exponential-histogram.ts";
import { pointLabels } from "./metric-labels.ts";
import type { MetricLimits } from "./metric-limits.ts";
import {
  createRejectTally,
  type PointRejectReason,
  type RejectedPoints,
  type RejectTally,
} from "./metric-rejects.ts";
import type { FamilySeries, MetricSeries, PointSeries, ResourceSeries } from "./metric-series.ts";
import { MetricKind, millisOf, NO_RECORDED_VALUE, type PointDraft } from "./point-draft.ts";
import { findPointSeries, fitsPoint } from "./point-series.ts";
import { addEnds, addValues, exemplarSeriesOf } from "./point-values.ts";
import { isKeptTime, pointFault, pointStartOf } from "./validate-point.ts";

/** The attributes of the point that was read last. */
export interface PointAttributes {
  /** Equal for equal attributes; see MetricSeries. */
  key(): string;
  read(): Attributes | PointRejectReason;
  /** Their bytes, copied; undefined where they are not in one place. */
  raw(): Buffer | undefined;
  hasRaw(raw: Buffer): boolean;
}

/** Puts valid data points in columns and counts the others. */
export interface MetricBatchBuilder {
  append(family: FamilySeries, draft: PointDraft, attributes: PointAttributes): void;
  finish(): { readonly batch: SampleBatch; readonly rejected: RejectedPoints; readonly points: number };
}

export interface MetricBatchOptions {
  /** The receiver's present. */
  readonly at: TimestampMs;
  readonly limits: MetricLimits;
  readonly series: MetricSeries;
  /** A guess; more are welcome. */
  readonly expectedSamples: number;
}

const TARGET_INFO: MetricMetadata = {
  metric: "target_info",
  type: "gauge",
  unit: "",
  help: "Attributes of the resource that sends the metrics of a job and instance",
};

export function createMetricBatchBuilder(options: MetricBatchOptions): MetricBatchBuilder {
  const { at, limits, series } = options;
  const { table } = series;
  const batch = series.begin();
  const columns = createFloatColumns(Math.max(16, Math.ceil(options.expectedSamples)));
  const histograms: HistogramSample[] = [];
  const exemplars: Exemplar[] = [];
  const metadata: MetricMetadata[] = [];
  const resources: ResourceSeries[] = [];
  const rejects = createRejectTally();
  const findSeries = createPointLookup(series, rejects, at);
  let points = 0;

  const note = (family: FamilySeries, timeMs: number): void => {
    const { resource } = family.scope;
    if (resource.batch !== batch) {
      resource.batch = batch;
      resource.newestMs = timeMs;
      resources.push(resource);
    } else if (timeMs > resource.newestMs) resource.newestMs = timeMs;
    if (family.batch === batch) return;
    family.batch = batch;
    metadata.push(family.metadata);
  };
  const addExemplars = (kind: MetricKind, point: PointSeries, draft: PointDraft, timeMs: number): void => {
    for (const sent of draft.exemplars) {
      const exemplar = exemplarOf(sent, exemplarSeriesOf(kind, point, sent.value ?? 0), timeMs);
      if (exemplar !== undefined && isKeptTime(exemplar.timeMs, at, limits)) exemplars.push(exemplar);
    }
  };
  return {
    append(family, draft, attributes) {
      points += 1;
      const reason = family.fault ?? pointFault(family, draft, at, limits);
      if (reason !== undefined) return rejects.reject(reason);
      const isEnd = (draft.flags & NO_RECORDED_VALUE) !== 0;
      const isNative = family.kind === MetricKind.exponential;
      const histogram = isNative && !isEnd ? nativeHistogramOf(draft) : undefined;
      if (typeof histogram === "string") return rejects.reject(histogram);
      const point = findSeries(family, draft, attributes);
      if (point === undefined) return;
      const timeMs = millisOf(draft.timeLow, draft.timeHigh);
      note(family, timeMs);
      const startMs = family.isCounted && !isEnd ? pointStartOf(draft, timeMs, family.isDelta) : 0;
      if (isNative) {
        const isDelta = family.isDelta && !isEnd;
        histograms.push({ series: point.refs[0]!, timeMs, histogram, startMs, isDelta });
      } else if (isEnd) addEnds(columns, point, timeMs);
      else addValues(columns, family, point, draft, { timeMs, startMs });
      if (draft.exemplars.length > 0) addExemplars(family.kind, point, draft, timeMs);
    },
    finish() {
      for (const { infoLabels, newestMs } of resources) {
        const ref = infoLabels === undefined ? -1 : table.refOf(infoLabels, at);
        if (ref < 0) continue;
        columns.add(ref, newestMs, 1);
        if (metadata.at(-1) !== TARGET_INFO) metadata.push(TARGET_INFO);
      }
      const floats = columns.finish();
      return {
        batch: { table, floats, histograms, exemplars, metadata },
        rejected: rejects.finish(),
        points,
      };
    },
  };
}

type FindPointSeries = (
  family: FamilySeries,
  draft: PointDraft,
  attributes: PointAttributes,
) => PointSeries | undefined;

/** Gives the series of a point, known or new; undefined when it was rejected, which is then counted. */
function createPointLookup(series: MetricSeries, rejects: RejectTally, at: TimestampMs): FindPointSeries {
  const { table } = series;
  const find: FindPointSeries = (family, draft, attributes) => {
    const guess = family.last?.next;
    const isRight = guess?.raw !== undefined && attributes.hasRaw(guess.raw);
    const key = isRight ? "" : attributes.key();
    const known = isRight ? guess : family.points.get(key);
    if (known !== undefined && series.isCurrent(known) && fitsPoint(family.kind, known, draft)) {
      for (let i = 0; i < known.refs.length; i += 1) {
        const ref = known.refs[i]!;
        if (ref >= 0) table.touch(ref, at);
      }
      return known;
    }
    const read = attributes.read();
    if (typeof read === "string") return rejects.reject(read);
    const labels = pointLabels(read, family.scope.labels, family.scope.resource.target);
    if (labels === undefined) return rejects.reject("bad_attribute_name");
    const found = findPointSeries(table, family, labels, draft, at);
    if ("reason" in found) return rejects.refuse(found);
    return series.remember(family, isRight ? attributes.key() : key, found, attributes.raw());
  };
  return (family, draft, attributes) => {
    const point = find(family, draft, attributes);
    if (point === undefined) return undefined;
    // Senders keep their order: what came next last time is looked at first next time.
    if (family.last !== undefined) family.last.next = point;
    family.last = point;
    return point;
  };
}
