// A process that stores one span in the embedded engine, says so, and stays until it is killed.
import { SILENT_LOG } from "../../src/self/log.ts";
import { openEmbeddedClickHouse } from "../../src/store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../../src/store/clickhouse/migrate-clickhouse.ts";
import { insertSpans } from "../../src/store/clickhouse/span-rows.ts";
import { sampleSpans } from "./sample-spans.ts";

const clickhouse = await openEmbeddedClickHouse({ dataDir: process.argv[2] ?? ".", log: SILENT_LOG });
await migrateClickHouse(clickhouse, {
  retention: { spansMs: 30 * 86_400_000, sliCountsMs: 400 * 86_400_000, samplesMs: 35 * 86_400_000 },
});
await insertSpans(clickhouse, { groupId: 1n, writer: 1n, batches: [sampleSpans([{ endMs: Date.now() }])] });
process.stdout.write("stored\n");
setInterval(() => {}, 1_000);
