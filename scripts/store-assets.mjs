// tsc emits only code. What the control store needs beside it: the generated SQL migrations, and an empty Postgres cluster,
// which takes PGlite three seconds to create and a fraction of one to unpack.
import { PGlite } from "@electric-sql/pglite";
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SOURCE = "src/store/postgres";
const TARGET = "dist/store/postgres";

cpSync(join(SOURCE, "migrations"), join(TARGET, "migrations"), { recursive: true });

const { version } = JSON.parse(readFileSync("node_modules/@electric-sql/pglite/package.json", "utf8"));
const cluster = `cluster-${version}.tar.gz`;
for (const name of readdirSync(SOURCE)) {
  if (/^cluster-.*\.tar\.gz$/.test(name) && name !== cluster) rmSync(join(SOURCE, name));
}
if (!existsSync(join(SOURCE, cluster))) {
  const client = await PGlite.create();
  const dump = await client.dumpDataDir("gzip");
  await client.close();
  writeFileSync(join(SOURCE, cluster), Buffer.from(await dump.arrayBuffer()));
}
cpSync(join(SOURCE, cluster), join(TARGET, cluster));
