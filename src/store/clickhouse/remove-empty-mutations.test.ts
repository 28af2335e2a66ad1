import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { SILENT_LOG } from "../../self/log.ts";
import { openEmbeddedClickHouse } from "./embedded-clickhouse.ts";
import { migrateClickHouse } from "./migrate-clickhouse.ts";

const RETENTION = {
  retention: { spansMs: 7 * 86_400_000, sliCountsMs: 400 * 86_400_000, samplesMs: 35 * 86_400_000 },
};

it("a mutation that a full disk left empty does not keep the store from opening", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "noroshi-mutation-"));
  try {
    const first = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
    await migrateClickHouse(first, RETENTION);
    const [table] = await first.query<{ path: string }>(
      "read",
      "SELECT data_paths[1] AS path FROM system.tables WHERE name = 'ingest_groups'",
    );
    await first.close();
    await writeFile(join(table!.path, "mutation_7.txt"), "");

    const second = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
    expect(await second.query("read", "SELECT count() AS groups FROM ingest_groups")).toEqual([
      { groups: "0" },
    ]);
    await second.close();
    expect(await readdir(table!.path)).not.toContain("mutation_7.txt");
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
