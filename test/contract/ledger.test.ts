import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgePast } from "../../src/evaluator/judge-past.ts";
import { explainSlo, type ExplainSources } from "../../src/ledger/explain-slo.ts";
import { ledgerEntry, type LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { DAY_MS, MINUTE_MS, timestampMs } from "../../src/model/time.ts";
import { fakeSlo } from "../../src/record/fake-slos.ts";
import { parsePeriod } from "../../src/report/report-period.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { ClickHouse } from "../../src/store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../../src/store/clickhouse/embedded-clickhouse.ts";
import { insertLedgerEntries } from "../../src/store/clickhouse/ledger-rows.ts";
import { migrateClickHouse } from "../../src/store/clickhouse/migrate-clickhouse.ts";
import {
  readLedgerEntry,
  readLedgerSteps,
  readRevisionRuns,
} from "../../src/store/clickhouse/read-ledger.ts";
import { readPeriodCounts } from "../../src/store/clickhouse/read-period-counts.ts";
import { insertSliCounts } from "../../src/store/clickhouse/sli-count-rows.ts";
import { wireCountReader } from "../../src/wire/counts.ts";

const AT_MS = Math.floor(Date.now() / 600_000) * 600_000 - 300_000;
let dataDir: string;
let clickhouse: ClickHouse;
let groupId = 1n;

async function open(): Promise<void> {
  clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
  const retention = { spansMs: 7 * DAY_MS, sliCountsMs: 400 * DAY_MS, samplesMs: 35 * DAY_MS };
  await migrateClickHouse(clickhouse, { retention });
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "noroshi-ledger-"));
  await open();
}, 60_000);
afterAll(async () => {
  await clickhouse.close();
  await rm(dataDir, { recursive: true, force: true });
});

const count = (indicator: string, bucketMs: number, good: number, total: number): Promise<void> =>
  insertSliCounts(clickhouse, {
    groupId: (groupId += 1n),
    writer: 1n,
    deltas: [{ indicator, bucketMs, good, total }],
  });

const counts = fc.record({ good: fc.integer({ min: 0, max: 1e9 }), total: fc.integer({ min: 0, max: 1e9 }) });
const arbitraryEntry: fc.Arbitrary<LedgerEntry> = fc.record({
  slo: fc.constantFrom("a", "b", "ünïcode 'quoted'\\"),
  at: fc.integer({ min: AT_MS - 30 * DAY_MS, max: AT_MS }),
  state: fc.constantFrom("no_data", "met", "at_risk", "breached"),
  counts: fc.oneof(
    counts,
    counts.map((one) => ({ ...one, budgetRatio: 0.0125, missing: 3 })),
  ),
  remainingRatio: fc.option(fc.double({ min: -1e3, max: 1, noNaN: true }), { nil: undefined }),
  raw: counts,
  coveredFromMs: fc.integer({ min: 0, max: AT_MS }),
  revision: fc.stringMatching(/^[0-9a-f]{64}$/),
  corrections: fc.constantFrom("", "0123456789abcdef"),
  burns: fc.array(
    fc.record({
      windowMs: fc.integer({ min: 1_000, max: 400 * DAY_MS }),
      burnRate: fc.option(fc.float({ min: 0, max: 1_000, noNaN: true }), { nil: undefined }),
    }),
    { maxLength: 9 },
  ),
});

describe("the ledger in the store", () => {
  it("gives back what was known, to the last bit, whatever it was", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(arbitraryEntry, { minLength: 1, maxLength: 20, selector: ({ at }) => at }),
        async (entries) => {
          await clickhouse.command("background", "TRUNCATE TABLE slo_ledger");
          await insertLedgerEntries(clickhouse, entries, String((groupId += 1n)));
          for (const entry of entries) {
            const plain = (value: unknown): unknown =>
              JSON.parse(JSON.stringify(value).replaceAll("-0,", "0,"));
            expect(plain(await readLedgerEntry(clickhouse, entry.slo, entry.at))).toEqual(plain(entry));
          }
          const first = entries.reduce((a, b) => (a.at < b.at ? a : b));
          expect(await readLedgerEntry(clickhouse, first.slo, first.at - 1)).toBeUndefined();
        },
      ),
      { numRuns: 15 },
    );
  });

  it("stores lines once under one token, and tells runs of definitions and steps", async () => {
    await clickhouse.command("background", "TRUNCATE TABLE slo_ledger");
    const entry = (minute: number, revision: string): LedgerEntry => ({
      slo: "runs",
      at: AT_MS + minute * MINUTE_MS,
      state: "met",
      counts: { good: minute, total: 10 },
      remainingRatio: 0.5,
      raw: { good: minute, total: 10 },
      coveredFromMs: 0,
      revision,
      corrections: "",
      burns: [],
    });
    const entries = ["a", "a", "b", "a", "a"].map((revision, i) => entry(i, revision));
    await insertLedgerEntries(clickhouse, entries, "runs");
    await insertLedgerEntries(clickhouse, entries, "runs");
    const runs = await readRevisionRuns(clickhouse, "runs", 10);
    expect(
      runs.map(({ revision, fromMs, toMs }) => [
        revision,
        (fromMs - AT_MS) / MINUTE_MS,
        (toMs - AT_MS) / MINUTE_MS,
      ]),
    ).toEqual([
      ["a", 3, 4],
      ["b", 2, 2],
      ["a", 0, 1],
    ]);
    const range = { startMs: AT_MS, endMs: AT_MS + 10 * MINUTE_MS, stepMs: 2 * MINUTE_MS };
    const steps = await readLedgerSteps(clickhouse, "runs", range);
    expect(steps.map(({ step, counts: { good } }) => [step, good])).toEqual([
      [0, 1],
      [1, 3],
      [2, 4],
    ]);
  });

  it("keeps what people saw when late events change what is known now, across a restart too", async () => {
    const slo = fakeSlo({
      name: "late",
      indicator: { ...fakeSlo().indicator, id: "00000000000000aa" } as never,
    });
    const judge = async (atMs: number) => {
      const reader = wireCountReader(clickhouse, "read");
      const verdicts = await judgePast(reader, [slo], timestampMs(atMs), () => AT_MS - 9 * DAY_MS);
      return verdicts.get(slo.name)!;
    };
    const sources: ExplainSources = {
      now: () => AT_MS + 30 * MINUTE_MS,
      currentSlo: () => slo,
      latestEntry: () => undefined,
      ledgerEntry: (name, atMs) => readLedgerEntry(clickhouse, name, atMs),
      revision: () => Promise.resolve(undefined),
      revisionAt: () => Promise.resolve(undefined),
      judge: async (_, atMs) => ({
        kind: "judged",
        verdict: await judge(atMs),
        coveredFromMs: AT_MS - 9 * DAY_MS,
      }),
      rawFromMs: () => Promise.resolve(AT_MS - 7 * DAY_MS),
      countsKeptFromMs: () => 0,
    };
    const explain = (atMs: number) => explainSlo(sources, "late", { atMs, knownMs: atMs });
    const write = async (atMs: number): Promise<void> =>
      insertLedgerEntries(clickhouse, [ledgerEntry(await judge(atMs), AT_MS - 9 * DAY_MS)], String(atMs));

    expect((await explain(AT_MS))?.asKnownNote).toMatch(/^Nothing was written about it up to /);
    await count("00000000000000aa", AT_MS - DAY_MS, 9_990, 10_000);
    await write(AT_MS);
    await count("00000000000000aa", AT_MS + MINUTE_MS, 1_000, 1_000);
    await write(AT_MS + 2 * MINUTE_MS);

    const before = await explain(AT_MS + 10_000);
    const withoutTiers = ({ asKnown, computedNow }: NonNullable<typeof before>) =>
      [asKnown, computedNow].map((number) => ({ ...number, tiers: [] }));
    expect(withoutTiers(before!)[0]).toEqual(withoutTiers(before!)[1]);
    expect(before?.asKnown).toMatchObject({ badEvents: 10, totalEvents: 10_000, sli: 0.999 });
    expect(before?.difference).toEqual(["Nothing has changed since: today's counts give the same number."]);

    // A sender that was cut off sends what happened two days ago.
    await count("00000000000000aa", AT_MS - 2 * DAY_MS, 70, 100);
    await clickhouse.close();
    await open();

    const after = await explain(AT_MS + 10_000);
    expect(after?.asKnown).toEqual(before?.asKnown);
    expect(after?.computedNow).toMatchObject({ badEvents: 40, totalEvents: 10_100 });
    expect(after?.difference[0]).toBe(
      "100 more events are counted in the window now than then, 30 more of them bad. They arrived late, or their counts were repaired: an event counts at the time that it ended, whenever it arrives.",
    );
    const second = await explain(AT_MS + 2 * MINUTE_MS);
    expect([second?.asKnown?.totalEvents, second?.computedNow?.totalEvents]).toEqual([11_000, 11_100]);
    const silent = await explain(AT_MS + 20 * MINUTE_MS);
    expect(silent?.asKnown?.totalEvents).toBe(11_000);
    expect(silent?.asKnownNote).toMatch(/^It was not judged between /);
  }, 60_000);

  it("counts exact calendar periods, and the days with events in them", async () => {
    const id = "00000000000000bb";
    const parsed = parsePeriod("2026-03", Date.UTC(2026, 5, 1), "Europe/Berlin");
    if (!parsed.ok) throw new Error(parsed.problem);
    const { startMs, endMs, daysMs } = parsed.period;
    await count(id, startMs - 10_000, 1, 1);
    await count(id, startMs, 2, 2);
    await count(id, daysMs[29]!, 3, 4);
    await count(id, endMs - 10_000, 5, 8);
    await count(id, endMs, 100, 100);
    // Taken back.
    await count(id, daysMs[10]!, 5, 5);
    await count(id, daysMs[10]!, -5, -5);
    expect((await readPeriodCounts(clickhouse, [id, "none"], daysMs)).get(id)).toEqual({
      counts: { good: 10, total: 14 },
      eventDays: 3,
    });
  });
});
