import { bigint, timestamp } from "drizzle-orm/pg-core";

/** An event time in milliseconds since the epoch (the evaluator's clock). */
export const timestampMs = (name: string) => bigint(name, { mode: "number" });
/** A time on the database's own clock: leases and retries must not depend on the clocks of several hosts. */
export const databaseTime = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
