import { mkdir, writeFile } from "node:fs/promises";
import { benchPage } from "./page-latency.ts";
import { benchRangeQueries } from "./range-query.ts";
import { benchRemoteWrite } from "./remote-write.ts";
import { benchRemoteWriteDecode } from "./remote-write-decode.ts";
import { benchTraceSearch } from "./trace-search.ts";

/** One measurement: its name, and figures that are JSON. */
export interface BenchResult {
  readonly name: string;
  readonly figures: Readonly<Record<string, number>>;
}

const BENCHES: Readonly<Record<string, () => Promise<BenchResult>>> = {
  page: benchPage,
  ingest: benchRemoteWrite,
  "remote-write-decode": benchRemoteWriteDecode,
  query: benchRangeQueries,
  traces: benchTraceSearch,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}\n`);
  process.exit(2);
}

const results: BenchResult[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`${name} …\n`);
  const result = await bench();
  results.push(result);
  for (const [figure, value] of Object.entries(result.figures))
    process.stdout.write(`  ${figure.padEnd(44)} ${value}\n`);
}
await mkdir("coverage/bench", { recursive: true });
await writeFile("coverage/bench/results.json", `${JSON.stringify(results, null, 2)}\n`);
