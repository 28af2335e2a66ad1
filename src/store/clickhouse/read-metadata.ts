import type { MetricMetadata, MetricType } from "../../model/sample-batch.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";

/** The newest row of a family counts. */
const METADATA = `
SELECT metric, argMax(type, updated_at), argMax(unit, updated_at), argMax(help, updated_at)
FROM metric_metadata
WHERE {metric:String} IN ('', metric)
GROUP BY metric
ORDER BY metric
LIMIT {limit:UInt32}`;

/** What is known about metric families, sorted by name; of one family, or of all. */
export async function readMetadata(
  run: RunSql,
  what: { readonly metric: string | undefined; readonly limit: number; readonly signal: AbortSignal },
): Promise<MetricMetadata[]> {
  const params = { metric: what.metric ?? "", limit: Math.min(0xffff_ffff, what.limit) };
  const rows = new RowBinaryReader(await run(METADATA, params, what.signal));
  const found: MetricMetadata[] = [];
  while (!rows.atEnd) {
    const metric = rows.string();
    const type = rows.string() as MetricType;
    const unit = rows.string();
    found.push({ metric, type, unit, help: rows.string() });
  }
  return found;
}
