import { afterEach, describe, expect, it } from "vitest";
import { timestampMs } from "../model/time.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { Slo } from "../slo/slo.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { createFakeGroupRecords } from "./fake-group-records.ts";
import type { GroupRecords } from "./scope-state.ts";
import { createSloCatalogue, type SlosInForce } from "./slo-catalogue.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function specs(annotations: string): readonly Slo[] {
  const source = (query: string) => `{metricSource: {type: traces, spec: {query: '${query}'}}}`;
  const text = `apiVersion: openslo/v1
kind: SLO
metadata: {name: payment, annotations: {${annotations}}}
spec:
  service: payment
  budgetingMethod: Occurrences
  timeWindow: [{duration: 7d, isRolling: true}]
  indicator: {metadata: {name: i}, spec: {ratioMetric: {good: ${source("{ status = ok }")}, total: ${source("{ kind = server }")}}}}
  objectives: [{target: 0.99}]
`;
  return loadSpecs([{ path: "a.yaml", text }]).slos;
}

const GROUPED = specs("noroshi.dev/group-by: name");

/** A process that does not look for groups itself, unless rows are given. */
function catalogueOf(records: GroupRecords, found?: readonly (readonly [string, number])[]) {
  const sets: SlosInForce[] = [];
  const query = <Row>(sql: string): Promise<readonly Row[]> => {
    if (sql.includes("group_values"))
      return Promise.resolve(
        (found ?? []).map(([name, events]) => ({ group_values: [`s${name}`], day: 20_000, events })) as Row[],
      );
    return Promise.resolve([{ day_s: 20_000 * 86_400, spans: "5" }] as Row[]);
  };
  const look = {
    store: { query, command: () => Promise.resolve() },
    readLastGroupId: () => Promise.resolve(5n),
  };
  const catalogue = createSloCatalogue({
    look: found === undefined ? undefined : look,
    records,
    now: () => timestampMs(20_000 * 86_400_000 + 1),
    log: SILENT_LOG,
    onChange: (inForce) => sets.push(inForce),
    everyMs: 5,
  });
  catalogue.start();
  closers.push(() => catalogue.close());
  return { catalogue, sets, names: () => catalogue.current().slos.map(({ name }) => name) };
}

describe("the catalogue of SLOs", () => {
  it("passes SLOs without groups on at once", () => {
    const { catalogue, sets } = catalogueOf(createFakeGroupRecords());
    const slos = specs("noroshi.dev/owner: us");
    catalogue.set(slos, true);
    expect(sets).toEqual([{ slos, complete: true, found: new Map() }]);
  });

  it("has in a process that only judges the groups that another one finds, and is incomplete until it has them", async () => {
    const records = createFakeGroupRecords();
    const judging = catalogueOf(records);
    judging.catalogue.set(GROUPED, true);
    await expect.poll(judging.names).toEqual(["payment"]);
    expect(judging.catalogue.current().complete).toBe(false);
    const looking = catalogueOf(records, [
      ["a", 3],
      ["b", 2],
    ]);
    looking.catalogue.set(GROUPED, true);
    await expect.poll(judging.names).toEqual(["payment", "payment-a", "payment-b"]);
    await expect.poll(() => judging.catalogue.current().complete).toBe(true);
  });

  it("waits for what was found before, and tries again where the control store fails", async () => {
    const records = createFakeGroupRecords();
    const looking = catalogueOf(records, [["a", 3]]);
    looking.catalogue.set(GROUPED, true);
    await expect.poll(looking.names).toEqual(["payment", "payment-a"]);
    await looking.catalogue.close();
    let failures = 3;
    const failing: GroupRecords = {
      ...records,
      load: (id) => {
        failures -= 1;
        return failures >= 0 ? Promise.reject(new Error("the store is away")) : records.load(id);
      },
    };
    const { catalogue, sets, names } = catalogueOf(failing);
    catalogue.set(GROUPED, true);
    await expect.poll(names).toEqual(["payment", "payment-a"]);
    // Until then nobody may take the group for deleted.
    expect(sets.map(({ slos, complete }) => [slos.length, complete])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it("forgets groups whose spec has none any more", async () => {
    const { catalogue, names } = catalogueOf(createFakeGroupRecords(), [["a", 3]]);
    catalogue.set(GROUPED, true);
    await expect.poll(names).toEqual(["payment", "payment-a"]);
    catalogue.set(specs("noroshi.dev/owner: us"), true);
    expect(names()).toEqual(["payment"]);
    expect(catalogue.current().complete).toBe(true);
  });
});
