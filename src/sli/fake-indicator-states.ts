import type { IndicatorRecord, IndicatorStates } from "./indicator-states.ts";

/** The control store in memory; it survives what a test calls a crash. */
export function createFakeIndicatorStates(): IndicatorStates & {
  readonly records: ReadonlyMap<string, IndicatorRecord>;
} {
  const records = new Map<string, IndicatorRecord>();
  const change = (id: string, to: Partial<IndicatorRecord>) => {
    const record = records.get(id);
    if (record !== undefined) records.set(id, { ...record, ...to });
  };
  return {
    records,
    list: async () => [...records.values()],
    async setBackfilling(indicator) {
      records.set(indicator.id, {
        indicator,
        state: "backfilling",
        countedUpToGroup: undefined,
        coveredFromMs: undefined,
      });
    },
    setCatchingUp: async (id) => change(id, { state: "backfilling" }),
    setLive: async (id, { coveredFromMs }) =>
      change(id, { state: "live", countedUpToGroup: undefined, coveredFromMs }),
    setRetired: async (id, { countedUpToGroup }) => change(id, { state: "retired", countedUpToGroup }),
  };
}
