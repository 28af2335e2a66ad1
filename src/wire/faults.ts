import { faultRoutes } from "../api/fault-routes.ts";
import { groupErrors, groupStatements } from "../apm/group-errors.ts";
import type { NativeArea } from "../api/native-routes.ts";
import { readExceptions, readStatements } from "../store/clickhouse/read-faults.ts";
import type { Core } from "./core.ts";

/** Errors and database statements, from the stored spans. */
export function wireFaults({ clickhouse, now }: Pick<Core, "clickhouse" | "now">): NativeArea {
  return faultRoutes({
    errors: async (range) => groupErrors(await readExceptions(clickhouse, range)),
    statements: async (range) => groupStatements(await readStatements(clickhouse, range)),
    now,
  });
}
