// tsc emits only code; the generated SQL migrations travel beside the compiled store.
import { cpSync } from "node:fs";

cpSync("src/store/postgres/migrations", "dist/store/postgres/migrations", { recursive: true });
