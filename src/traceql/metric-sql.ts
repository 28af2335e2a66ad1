import { bucketSql } from "./eval/value-bucket.ts";
import { needsBuckets } from "./eval/metric-cell.ts";
import { singleCondition } from "./candidates-sql.ts";
import { conditionToSql } from "./condition-sql.ts";
import { numberSql } from "./number-sql.ts";
import type { Query } from "./query.ts";
import { valueTextSql } from "./value-sql.ts";

/** A metric that SQL alone can compute: expressions on a row of `spans`. */
export interface MetricSql {
  /** A UInt8; it may use the parameters `wide_from_ms` and `wide_to_ms`. */
  readonly condition: string;
  /** Texts that `readValueText` reads. */
  readonly labels: readonly string[];
  /** A Nullable(Float64), NULL where it is not finite. */
  readonly value: string | undefined;
  /** A UInt64 by `value`, where the metric is computed from buckets. */
  readonly bucket: ((value: string) => string) | undefined;
}

/** Undefined where traces have to be read whole. */
export function metricToSql({ pipeline, metric }: Query): MetricSql | undefined {
  const single = singleCondition(pipeline);
  if (metric === undefined || single === undefined) return undefined;
  const { sql, isExact } = conditionToSql(single);
  if (!isExact) return undefined;
  const labels = metric.by.map(valueTextSql);
  if (labels.includes(undefined)) return undefined;
  const fn = metric.function;
  let value: string | undefined;
  if ("field" in fn) {
    const number = numberSql(fn.field);
    if (number === undefined) return undefined;
    value = `if(isFinite(${number}), ${number}, NULL)`;
  }
  return {
    condition: sql,
    labels: labels.filter((label) => label !== undefined),
    value,
    bucket: needsBuckets(metric) ? bucketSql : undefined,
  };
}
