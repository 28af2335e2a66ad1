// A process that opens PGlite, writes a row, says so, and stays until it is killed. With "announce" it speaks before it opens.
import { SILENT_LOG } from "../../src/self/log.ts";
import { setIndicatorBackfilling } from "../../src/store/postgres/indicator-store.ts";
import { openPostgres } from "../../src/store/postgres/open-postgres.ts";

if (process.argv[3] === "announce") process.stdout.write("opening\n");
const store = await openPostgres({ dataDir: process.argv[2] ?? ".", log: SILENT_LOG });
await setIndicatorBackfilling(store.db, {
  id: "00",
  source: "traces",
  total: "{ }",
  select: { outcome: "good", query: "{ }" },
});
process.stdout.write("stored\n");
setInterval(() => {}, 1_000);
