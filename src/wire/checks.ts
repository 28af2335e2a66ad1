import { checkRoutes, type IndicatorCheckBody } from "../api/check-routes.ts";
import type { NativeArea } from "../api/native-routes.ts";
import { HOUR_MS, type Now } from "../model/time.ts";
import type { PreviewCounts } from "../sli/preview-counts.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import type { Indicator } from "../slo/indicator.ts";
import { checkIndicator } from "../spec-check/check-indicator.ts";
import { readCheckedIndicator } from "../spec-check/checked-indicator.ts";
import type { SeriesPorts } from "../spec-check/find-unmatched-series.ts";
import type { SpanPorts } from "../spec-check/find-unmatched-spans.ts";
import { MOST_CANDIDATES } from "../spec-check/finding.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import {
  hasSpan,
  readSpanAttributes,
  readSpanValues,
  type SpanSelection,
  type SpanValueSource,
} from "../store/clickhouse/find-spans.ts";
import { readLabelNames } from "../store/clickhouse/read-label-names.ts";
import { readLabelValues } from "../store/clickhouse/read-label-values.ts";
import { createRunSql } from "../store/clickhouse/run-sql.ts";
import { KIND_NAMES, STATUS_NAMES, type Field, type SpanFilter } from "../traceql/span-filter.ts";
import { filterToSql } from "../traceql/span-sql.ts";

/** Of one check, statements and counting together: a person waits, for each of many SLOs. */
const MAX_CHECK_MS = 30_000;
const MAX_COUNT_MS = 10_000;

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal: AbortSignal;
}

/** `GET /api/v1/check`, in the lane of reads. */
export function wireChecks(parts: {
  readonly clickhouse: ClickHouse;
  readonly previewCounts: PreviewCounts;
  readonly now: Now;
}): NativeArea {
  return checkRoutes({
    check: async (text, hours, closed) => {
      const indicator = readCheckedIndicator(text);
      if (indicator === undefined) return undefined;
      const toMs = Math.floor(parts.now() / BUCKET_MS) * BUCKET_MS;
      const signal = AbortSignal.any([closed, AbortSignal.timeout(MAX_CHECK_MS)]);
      const range = { fromMs: toMs - hours * HOUR_MS, toMs, signal };
      const ports = {
        series: seriesPorts(parts.clickhouse, range),
        spans: spanPorts(parts.clickhouse, range),
      };
      return {
        start: new Date(range.fromMs).toISOString(),
        end: new Date(toMs).toISOString(),
        findings: [...(await checkIndicator(indicator, ports))],
        counts: await count(parts.previewCounts, indicator, range),
      };
    },
  });
}

async function count(
  previewCounts: PreviewCounts,
  indicator: Indicator,
  { fromMs, toMs, signal }: Range,
): Promise<IndicatorCheckBody["counts"]> {
  const range = { startMs: fromMs, endMs: toMs, stepMs: HOUR_MS };
  const { good, total, knownFromMs } = await previewCounts(indicator, range, {
    signal,
    maxTimeMs: MAX_COUNT_MS,
  });
  if (knownFromMs === undefined) return null;
  const sum = (column: Float64Array): number => column.reduce((all, value) => all + value, 0);
  return { good: sum(good), total: sum(total), knownFrom: new Date(knownFromMs).toISOString() };
}

function seriesPorts(clickhouse: ClickHouse, { fromMs, toMs, signal }: Range): SeriesPorts {
  const run = createRunSql(clickhouse, "read");
  const range = { fromMs, toMs };
  return {
    labelValues: (label, matchers, limit) =>
      readLabelValues(run, label, { selectors: [matchers], range, limit, signal }),
    labelNames: (matchers, limit) => readLabelNames(run, { selectors: [matchers], range, limit, signal }),
  };
}

function spanPorts(clickhouse: ClickHouse, range: Range): SpanPorts {
  const select = (filter: SpanFilter): SpanSelection => ({ ...range, condition: filterToSql(filter) });
  return {
    hasSpan: (filter) => hasSpan(clickhouse, select(filter)),
    attributes: (filter) => readSpanAttributes(clickhouse, select(filter), MOST_CANDIDATES),
    values: async (field, filter) => {
      const source = sourceOf(field);
      return source === undefined ? [] : readSpanValues(clickhouse, select(filter), source, MOST_CANDIDATES);
    },
  };
}

/** undefined: its values are too many to be told, or not kept. */
function sourceOf(field: Field): SpanValueSource | undefined {
  if (field.type === "attribute") {
    const scopes = field.scope === "any" ? (["span", "resource"] as const) : [field.scope];
    return { kind: "attribute", scopes, key: field.key };
  }
  if (field.name === "kind") return { kind: "words", column: "kind", words: KIND_NAMES };
  if (field.name === "status") return { kind: "words", column: "status", words: STATUS_NAMES };
  if (field.name === "name") return { kind: "column", column: "name" };
  return field.name === "statusMessage" ? { kind: "column", column: "status_message" } : undefined;
}
