import type { Attributes } from "../../model/attributes.ts";
import type { Labels } from "../../model/labels.ts";
import type { MetricMetadata, SeriesRef } from "../../model/sample-batch.ts";
import type { SeriesTable } from "../series-table.ts";
import { type MetricScope, scopeLabels, targetInfoLabels, targetLabels } from "./metric-labels.ts";
import { metadataOf, namedKindOf } from "./metric-metadata.ts";
import type { PointRejectReason } from "./metric-rejects.ts";
import { type MetricHead, MetricKind, Temporality } from "./point-draft.ts";
import { prometheusMetricName } from "./prometheus-name.ts";

type LabelPairs = readonly (readonly [name: string, value: string])[];

/** A resource that was seen, and what of its labels is known. */
export interface ResourceSeries {
  readonly target: LabelPairs;
  readonly infoLabels: Labels | undefined;
  readonly scopes: Map<string, ScopeSeries>;
  /** The batch that saw it last, and the newest time of a point in it. */
  batch: number;
  newestMs: number;
}

export interface ScopeSeries {
  readonly resource: ResourceSeries;
  readonly labels: LabelPairs;
  readonly families: Map<string, FamilySeries>;
}

/** A metric of a scope. */
export interface FamilySeries {
  readonly scope: ScopeSeries;
  readonly name: string;
  readonly kind: MetricKind;
  /** Set when none of its points can be taken. */
  readonly fault: PointRejectReason | undefined;
  readonly isDelta: boolean;
  /** Whether its values count from a start on. */
  readonly isCounted: boolean;
  readonly metadata: MetricMetadata;
  /** By the attributes of the points as they were sent. */
  readonly points: Map<string, PointSeries>;
  /** The point that was looked up last. */
  last: PointSeries | undefined;
  /** The batch that has its metadata. */
  batch: number;
}

/** The series of a data point; which is which, see point-series.ts. */
export interface FoundSeries {
  readonly refs: readonly SeriesRef[];
  /** Bounds of a histogram or quantiles of a summary. */
  readonly bounds: readonly number[];
}

export interface PointSeries extends FoundSeries {
  /** When the numbers were looked up; see isCurrent. */
  readonly version: number;
  /** The attributes as they were sent, where they can be compared as bytes. */
  readonly raw: Buffer | undefined;
  /** The point that came after it last time, and probably will again. */
  next: PointSeries | undefined;
}

/**
 * Remembers the translation of whatever was sent before, so that a known data point costs one look-up. Keys are what was
 * sent, byte for byte: equal keys mean the same.
 */
export interface MetricSeries {
  readonly table: SeriesTable;
  /** Begins a batch and gives its number. */
  begin(): number;
  resource(key: string, read: () => Attributes): ResourceSeries;
  scope(resource: ResourceSeries, key: string, read: () => MetricScope): ScopeSeries;
  family(scope: ScopeSeries, head: MetricHead): FamilySeries;
  remember(family: FamilySeries, key: string, found: FoundSeries, raw: Buffer | undefined): PointSeries;
  /** Whether all its numbers still mean the series they were given for. */
  isCurrent(point: PointSeries): boolean;
}

export interface MetricSeriesOptions {
  readonly table: SeriesTable;
  /**
   * Whether the name, version, schema and attributes of the scope become labels (`otel_scope_name` …), as with
   * Prometheus's `promote_scope_metadata`. Without, two libraries of one process that measure the same write one series.
   */
  readonly promoteScope: boolean;
}

/** Translations that are remembered; above, all are forgotten and made anew. */
const MAX_ENTRIES = 1_000_000;
/** Forgotten series leave translations behind; below this many, and a quarter of all, they stay. */
const MIN_LEFT_BEHIND = 10_000;

export function createMetricSeries({ table, promoteScope }: MetricSeriesOptions): MetricSeries {
  const resources = new Map<string, ResourceSeries>();
  let entries = 0;
  let batch = 0;
  let clearedVersion = 0;
  const forgotten = watchForgotten(table);
  return {
    table,
    begin() {
      const leftBehind = forgotten.version() - clearedVersion;
      if (entries > MAX_ENTRIES || leftBehind > Math.max(MIN_LEFT_BEHIND, entries / 4)) {
        resources.clear();
        entries = 0;
        clearedVersion = forgotten.version();
      }
      batch += 1;
      return batch;
    },
    resource(key, read) {
      const known = resources.get(key);
      if (known !== undefined) return known;
      const attributes = read();
      const target = targetLabels(attributes);
      const infoLabels = targetInfoLabels(attributes);
      const resource = { target, infoLabels, scopes: new Map(), batch: 0, newestMs: 0 };
      resources.set(key, resource);
      entries += 1;
      return resource;
    },
    scope(resource, key, read) {
      const known = resource.scopes.get(key);
      if (known !== undefined) return known;
      const labels = promoteScope ? scopeLabels(read()) : [];
      const scope = { resource, labels, families: new Map() };
      resource.scopes.set(key, scope);
      entries += 1;
      return scope;
    },
    family(scope, head) {
      const key = familyKey(head);
      const known = scope.families.get(key);
      if (known !== undefined) return known;
      const family = familyOf(scope, head);
      scope.families.set(key, family);
      entries += 1;
      return family;
    },
    remember(family, key, { refs, bounds }, raw) {
      const point = { refs, bounds, version: forgotten.version(), raw, next: undefined };
      if (!family.points.has(key)) entries += 1;
      family.points.set(key, point);
      return point;
    },
    isCurrent: ({ refs, version }) => {
      if (version === forgotten.version()) return true;
      for (let i = 0; i < refs.length; i += 1) if (forgotten.isSince(refs[i]!, version)) return false;
      return true;
    },
  };
}

/** The order in which series were forgotten. */
interface Forgotten {
  /** How many series were forgotten so far. */
  version(): number;
  /** Whether the series was forgotten after this version. */
  isSince(ref: SeriesRef, version: number): boolean;
}

function watchForgotten(table: SeriesTable): Forgotten {
  let version = 0;
  /** By number of the series: the version at which it was forgotten last. */
  let forgottenAt = new Float64Array(1_024);
  table.onForget((ref) => {
    if (ref >= forgottenAt.length) {
      const wider = new Float64Array(Math.max(ref + 1, forgottenAt.length * 2));
      wider.set(forgottenAt);
      forgottenAt = wider;
    }
    version += 1;
    forgottenAt[ref] = version;
  });
  return {
    version: () => version,
    isSince: (ref, since) => ref >= 0 && ref < forgottenAt.length && forgottenAt[ref]! > since,
  };
}

function familyKey({ name, description, unit, kind, temporality, isMonotonic }: MetricHead): string {
  const lengths = `${name.length} ${unit.length}`;
  return `${kind} ${temporality} ${isMonotonic ? 1 : 0} ${lengths} ${name}${unit}${description}`;
}

function familyOf(scope: ScopeSeries, head: MetricHead): FamilySeries {
  const { kind, temporality } = head;
  const hasTemporality =
    kind === MetricKind.sum || kind === MetricKind.histogram || kind === MetricKind.exponential;
  const isKnown = temporality === Temporality.delta || temporality === Temporality.cumulative;
  const name = prometheusMetricName(head.name, head.unit, namedKindOf(head));
  const fault = name === "" ? "no_name" : hasTemporality && !isKnown ? "no_temporality" : undefined;
  return {
    scope,
    name,
    kind,
    fault,
    isDelta: hasTemporality && temporality === Temporality.delta,
    isCounted: kind === MetricKind.sum ? head.isMonotonic : kind !== MetricKind.gauge,
    metadata: metadataOf(name, head),
    points: new Map(),
    last: undefined,
    batch: 0,
  };
}
