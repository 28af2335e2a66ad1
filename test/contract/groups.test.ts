import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { changesOf, judge } from "../../src/evaluator/evaluate-all.ts";
import { createFakeGroupRecords } from "../../src/grouping/fake-group-records.ts";
import { createSloCatalogue, type SlosInForce } from "../../src/grouping/slo-catalogue.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, timestampMs } from "../../src/model/time.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import { createFakeIndicatorStates } from "../../src/sli/fake-indicator-states.ts";
import type { Slo } from "../../src/slo/slo.ts";
import { loadSpecs } from "../../src/spec/load-specs.ts";
import type { ClickHouse } from "../../src/store/clickhouse/clickhouse.ts";
import { readLastGroupId } from "../../src/store/clickhouse/read-last-group-id.ts";
import { insertSpans } from "../../src/store/clickhouse/span-rows.ts";
import { createKeyLookup } from "../../src/traceql/attribute-test.ts";
import { groupKeySql, groupValueOf, parseGroupField, spanGroupValue } from "../../src/traceql/group-field.ts";
import { arbitraryBatch } from "./arbitrary-spans.ts";
import { clearStore, openTestStore, startStand } from "./counting-stand.ts";
import { clearMetrics, seriesOf, startMetricsStand } from "./metrics-stand.ts";
import { sampleAttributes, sampleSpans } from "./sample-spans.ts";

const NOW = timestampMs(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
const DAY = Math.floor(NOW / DAY_MS) * DAY_MS;

let clickhouse: ClickHouse;
let closeStore: () => Promise<void>;
beforeAll(async () => {
  ({ clickhouse, close: closeStore } = await openTestStore());
});
afterAll(() => closeStore());
beforeEach(async () => {
  await clearStore(clickhouse);
  await clearMetrics(clickhouse);
});

const POLL = { timeout: 15_000 };
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function specOf(annotations: string, good: string, total: string, type = "traces"): readonly Slo[] {
  const source = (query: string) => `{metricSource: {type: ${type}, spec: {query: '${query}'}}}`;
  const text = `apiVersion: openslo/v1
kind: SLO
metadata: {name: payment, displayName: Payment answers, annotations: {${annotations}}}
spec:
  service: payment
  budgetingMethod: Occurrences
  timeWindow: [{duration: 7d, isRolling: true}]
  indicator: {metadata: {name: i}, spec: {ratioMetric: {counter: true, good: ${source(good)}, total: ${source(total)}}}}
  objectives: [{target: 0.99}]
`;
  const { slos, diagnostics } = loadSpecs([{ path: "a.yaml", text }]);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return slos;
}

const overSpans = (annotations: string) => specOf(annotations, "{ status != error }", "{ kind = server }");

/** A catalogue over the store of this file; `sets` are those that were to be in force, in order. */
function catalogueOf(records = createFakeGroupRecords()) {
  const sets: SlosInForce[] = [];
  const store = {
    query: <Row>(sql: string, options?: object) => clickhouse.query<Row>("background", sql, options),
    command: (sql: string, options?: object) => clickhouse.command("background", sql, options),
  };
  const catalogue = createSloCatalogue({
    look: { store, readLastGroupId: () => readLastGroupId(clickhouse) },
    records,
    now: () => NOW,
    log: SILENT_LOG,
    onChange: (inForce) => sets.push(inForce),
    everyMs: 20,
  });
  catalogue.start();
  closers.push(() => catalogue.close());
  const groups = () =>
    catalogue.current().slos.flatMap(({ group }) => (group ? [Object.values(group.labels).join()] : []));
  return { catalogue, sets, groups };
}

const span = (route: string | undefined, endMs: number, status = 1) => ({
  endMs,
  kind: 2,
  status,
  attributes: sampleAttributes(route === undefined ? {} : { "http.route": route }),
});
const spans = (route: string | undefined, count: number, endMs: number, status = 1) =>
  Array.from({ length: count }, () => span(route, endMs, status));

async function countsOf(slo: Slo): Promise<readonly [number, number]> {
  const [row] = await clickhouse.query<{ good: string; total: string }>(
    "read",
    "SELECT sum(good) AS good, sum(total) AS total FROM sli_counts WHERE indicator = {id:String}",
    { params: { id: slo.indicator.id } },
  );
  return [Number(row!.good), Number(row!.total)];
}

describe("groups of spans", () => {
  it("are found as their values appear, with their whole history, and add up to the whole", async () => {
    const stand = await startStand(clickhouse, createFakeIndicatorStates(), {}, () => NOW);
    closers.push(() => stand.stop());
    const { catalogue, sets, groups } = catalogueOf();
    await stand.submit(
      sampleSpans([...spans("/old", 3, NOW - 3 * DAY_MS), ...spans("/gone", 5, NOW - 9 * DAY_MS)]),
    );
    await stand.submit(sampleSpans([...spans("/pay", 4, NOW), ...spans("/pay", 2, NOW - DAY_MS, 2)]));
    catalogue.set(overSpans("noroshi.dev/group-by: span.http.route"), true);
    await expect.poll(groups, POLL).toEqual(["/pay", "/old"]);
    await stand.registry.apply(catalogue.current().slos.map(({ indicator }) => indicator as never));
    // A value that was never seen before, and events without any.
    await stand.submit(sampleSpans([...spans("/new", 1, NOW - HOUR_MS), ...spans(undefined, 2, NOW)]));
    await expect.poll(groups, POLL).toEqual(["/pay", "/old", "(none)", "/new"]);
    await stand.registry.apply(catalogue.current().slos.map(({ indicator }) => indicator as never));
    await stand.registry.settled();
    const [whole, ...parts] = catalogue.current().slos;
    const counts = await Promise.all(parts.map(countsOf));
    expect(counts).toEqual([
      [4, 6],
      [3, 3],
      [2, 2],
      [1, 1],
    ]);
    // Those of /gone are older than the window: they are in the counts of the whole alone.
    expect(await countsOf(whole!)).toEqual([15, 17]);
    expect(sets.every(({ slos }) => slos[0] === whole || slos[0]?.name === "payment")).toBe(true);
    // What came while it was counted is counted on arrival, and equals what is stored.
    await stand.submit(sampleSpans(spans("/new", 2, NOW, 2)));
    expect(await countsOf(parts[3]!)).toEqual([1, 3]);
  });

  it("are limited to those with the most events, and the same after a restart", async () => {
    const stand = await startStand(clickhouse, createFakeIndicatorStates(), {}, () => NOW);
    closers.push(() => stand.stop());
    const records = createFakeGroupRecords();
    const slos = overSpans(
      'noroshi.dev/group-by: "span.http.route, resource.service.name", noroshi.dev/group-limit: "2"',
    );
    await stand.submit(
      sampleSpans(["a", "b", "c", "d"].flatMap((route, i) => spans(route, i + 1, NOW - i * DAY_MS))),
    );
    const first = catalogueOf(records);
    first.catalogue.set(slos, true);
    await expect.poll(first.groups, POLL).toEqual(["d,payment", "c,payment"]);
    await expect
      .poll(() => first.catalogue.current().found.get("payment"), POLL)
      .toMatchObject({ found: 4, isComplete: true, isCut: false });
    await first.catalogue.close();
    const second = catalogueOf(records);
    second.catalogue.set(slos, true);
    // The first set that is to be in force has them: nothing seems to be deleted.
    await expect.poll(() => second.sets.length, POLL).toBeGreaterThan(0);
    expect(second.sets[0]!.slos.map(({ name }) => name)).toEqual(
      first.catalogue.current().slos.map(({ name }) => name),
    );
    expect(second.sets[0]!.complete).toBe(true);
    await stand.submit(sampleSpans(spans("a", 20, NOW)));
    await expect.poll(second.groups, POLL).toEqual(["a,payment", "d,payment"]);
  });

  it("page for themselves and name the value, where each of them alerts", async () => {
    const stand = await startStand(clickhouse, createFakeIndicatorStates(), {}, () => NOW);
    closers.push(() => stand.stop());
    await stand.submit(
      sampleSpans([...spans("/pay", 900, NOW - 10_000), ...spans("/refunds", 40, NOW - 10_000, 2)]),
    );
    const { catalogue, groups } = catalogueOf();
    catalogue.set(overSpans("noroshi.dev/group-by: span.http.route, noroshi.dev/group-alerts: each"), true);
    await expect.poll(groups, POLL).toEqual(["/pay", "/refunds"]);
    await expect.poll(() => catalogue.current().found.get("payment")?.isComplete, POLL).toBe(true);
    const { slos } = catalogue.current();
    await stand.registry.apply(slos.map(({ indicator }) => indicator as never));
    await stand.registry.settled();
    const counts = new Map<string, readonly [number, number]>();
    for (const slo of slos) counts.set(slo.indicator.id, await countsOf(slo));
    const sum = (key: string) => ({ good: counts.get(key)![0], total: counts.get(key)![1] });
    const verdicts = judge(slos, sum, NOW, () => NOW - 30 * DAY_MS);
    const changes = changesOf(verdicts, new Map(), { slos, deleted: new Set() }, NOW, () => "id");
    expect(changes.map(({ episode }) => [episode.alertKey, episode.facts.sloDisplayName])).toEqual([
      ["critical", "Payment answers · /refunds"],
      ["warning", "Payment answers · /refunds"],
    ]);
  });

  it("have in SQL the value that they have on arrival", async () => {
    const fields = [
      "span.a",
      "resource.a",
      ".a",
      ".http.route",
      "resource.service.name",
      'span."it\'s"',
      "name",
      "kind",
      "status",
    ];
    const sql = `SELECT [${fields.map((field) => groupKeySql(parseGroupField(field)!)).join(", ")}] AS group_values
      FROM spans ORDER BY end_time, span_id`;
    await fc.assert(
      fc.asyncProperty(arbitraryBatch(fc.constant(NOW), { minLength: 1, maxLength: 40 }), async (batch) => {
        await clearStore(clickhouse);
        await insertSpans(clickhouse, { groupId: 1n, writer: 1n, batches: [batch] });
        const rows = await clickhouse.query<{ group_values: string[] }>("background", sql);
        const plain = (values: readonly unknown[]) =>
          JSON.stringify(values.map((value) => value ?? `${value as null}`));
        const live = Array.from({ length: batch.count }, (_, row) =>
          plain(
            fields.map((text) => {
              const field = parseGroupField(text)!;
              const key = field.type === "attribute" ? field.key : "";
              const value = spanGroupValue(
                field,
                batch.resources[batch.resource[row]!]!,
                createKeyLookup(key),
              );
              return typeof value === "function" ? value(batch, row) : value;
            }),
          ),
        );
        const stored = rows.map((row) => plain(row.group_values.map(groupValueOf)));
        expect(stored.sort()).toEqual(live.sort());
      }),
      { numRuns: 25 },
    );
  });
});

describe("groups of metrics", () => {
  it("are found by their labels, weighed by what was counted, and add up to the whole", async () => {
    const stand = await startMetricsStand(clickhouse, createFakeIndicatorStates(), {}, () => NOW);
    closers.push(() => stand.stop());
    const samples = (route: string | undefined, code: string, rises: number) =>
      [0, 1, 2].map((i) => ({
        labels: seriesOf("requests_total", { code, ...(route === undefined ? {} : { route }) }),
        timeMs: Math.max(DAY, NOW - HOUR_MS) + i * 15_000,
        value: 100 + i * rises,
      }));
    await stand.submit([
      ...samples("/pay", "200", 50),
      ...samples("/pay", "500", 5),
      ...samples("/refunds", "200", 7),
      ...samples(undefined, "200", 3),
      ...samples("/rare", "200", 1),
    ]);
    const slos = specOf(
      'noroshi.dev/group-by: route, noroshi.dev/group-limit: "3"',
      'sum(rate(requests_total{code!~"5.."}[5m]))',
      "sum(rate(requests_total[5m]))",
      "prometheus",
    );
    const { catalogue, groups } = catalogueOf();
    catalogue.set(slos, true);
    await expect.poll(groups, POLL).toEqual(["/pay", "/refunds", "(none)"]);
    expect(catalogue.current().found.get("payment")).toMatchObject({ found: 4 });
    await stand.indicators.apply(catalogue.current().slos.map(({ indicator }) => indicator as never));
    stand.indicators.start();
    await stand.indicators.settled();
    const counts = await Promise.all(catalogue.current().slos.map(countsOf));
    expect(counts).toEqual([
      [122, 132],
      [100, 110],
      [14, 14],
      [6, 6],
    ]);
  });
});
