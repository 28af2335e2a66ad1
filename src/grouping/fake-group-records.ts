import type { GroupRecord, GroupRecords } from "./scope-state.ts";

/** The control store in memory; it survives what a test calls a restart. */
export function createFakeGroupRecords(): GroupRecords {
  const stored = new Map<string, { readonly record: GroupRecord; readonly version: number }>();
  return {
    load: (id) => Promise.resolve(stored.get(id)),
    save(id, record, version) {
      if ((stored.get(id)?.version ?? 0) !== version) return Promise.resolve("conflict");
      // As JSON has it.
      stored.set(id, { record: JSON.parse(JSON.stringify(record)) as GroupRecord, version: version + 1 });
      return Promise.resolve("stored");
    },
  };
}
