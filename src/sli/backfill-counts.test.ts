import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arbitraryFilter } from "../../test/contract/arbitrary-filters.ts";
import { arbitraryBatch, NASTY_STRINGS } from "../../test/contract/arbitrary-spans.ts";
import { clearStore, openTestStore, storedCounts } from "../../test/contract/counting-stand.ts";
import { DAY_MS } from "../model/time.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { insertSpans } from "../store/clickhouse/span-rows.ts";
import { groupCondition, parseGroupField } from "../traceql/group-field.ts";
import { parseSpanFilter } from "../traceql/parse-span-filter.ts";
import type { SpanFilter } from "../traceql/span-filter.ts";
import { printFilter } from "../traceql/print-filter.ts";
import { backfillStep, daysWithSpans, planBackfill } from "./backfill-counts.ts";
import type { BackfillTarget } from "./backfill-counts.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import { createSpanCounter } from "./count-spans.ts";
import type { CountsStore } from "./counts-sql.ts";
import { findDrift } from "./find-drift.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

let clickhouse: ClickHouse;
let store: CountsStore;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ clickhouse, close } = await openTestStore());
  store = {
    query: (sql, options) => clickhouse.query("background", sql, options),
    command: (sql, options) => clickhouse.command("background", sql, options),
  };
});

afterAll(() => close());

const NOW_MS = bucketStartMs(Date.now());
const RECENT = fc.oneof(
  fc.integer({ min: NOW_MS - 60_000, max: NOW_MS }),
  fc.integer({ min: NOW_MS - 10 * DAY_MS, max: NOW_MS + DAY_MS / 2 }),
);

let attempt = 0;

async function backfill(targets: readonly BackfillTarget[], upToGroup: bigint): Promise<void> {
  attempt += 1;
  const days = await daysWithSpans(store);
  for (const [p, pass] of planBackfill(targets, days, NOW_MS - 14 * DAY_MS).entries()) {
    for (const [s, step] of pass.steps.entries()) {
      await backfillStep(store, step, { upToGroup, writer: 7n, token: `test-${attempt}-${p}-${s}` });
    }
  }
}

const asRecord = (deltas: readonly CountDelta[]) =>
  Object.fromEntries(deltas.map(({ bucketMs, good, total }) => [bucketMs, [good, total]]));

const indicators = (prefix: string) =>
  fc
    .array(fc.tuple(arbitraryFilter, arbitraryFilter, fc.constantFrom("good" as const, "bad" as const)), {
      minLength: 1,
      maxLength: 40,
    })
    .map((definitions) =>
      definitions.map(([total, select, outcome], i): ParsedIndicator => ({
        id: `${prefix}${i}`,
        total,
        totalText: printFilter(total),
        select,
        outcome,
      })),
    );

describe("planBackfill", () => {
  it("covers each day once from the newest moment on, in steps that shrink as days grow", () => {
    const all = { type: "constant", value: true } as const;
    const indicator: ParsedIndicator = {
      id: "all",
      total: all,
      totalText: "{ }",
      select: all,
      outcome: "good",
    };
    for (const spans of [0, 1, 20_000_000, 20_000_001, 70_000_000, 1e12]) {
      const days = [
        { dayMs: 20 * DAY_MS, spans },
        { dayMs: 18 * DAY_MS, spans },
      ];
      const rawFromMs = 18 * DAY_MS + 12_345;
      const [pass] = planBackfill([{ indicator, afterGroup: 0n }], days, rawFromMs);
      const steps = pass!.steps;
      expect(steps[0]!.toMs).toBe(21 * DAY_MS);
      expect(steps.at(-1)!.fromMs).toBe(18 * DAY_MS + 20_000);
      for (const [i, step] of steps.slice(1).entries()) {
        expect(step.toMs).toBe(steps[i]!.fromMs === 20 * DAY_MS ? 19 * DAY_MS : steps[i]!.fromMs);
      }
      const perDay = Math.min(144, Math.max(1, Math.ceil(spans / 20_000_000)));
      expect(steps.length).toBeLessThanOrEqual(2 * (perDay + 1));
      expect(steps.length).toBeGreaterThanOrEqual(2 * perDay - 1);
    }
  });
});

describe("backfill", () => {
  it("counts stored spans as they are counted when they arrive", async () => {
    let group = 0n;
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryBatch(RECENT, { minLength: 1, maxLength: 30 }), { minLength: 2, maxLength: 4 }),
        indicators("i"),
        async (batches, parsed) => {
          await clearStore(clickhouse);
          for (const batch of batches) {
            group += 1n;
            await insertSpans(clickhouse, { groupId: group, writer: 7n, batches: [batch] });
          }
          // Groups after the last one but one are counted as they arrive.
          const upToGroup = group - 1n;
          const byArrival = createSpanCounter(parsed)(batches.slice(0, -1)).deltas;
          await backfill(
            parsed.map((indicator) => ({ indicator, afterGroup: 0n })),
            upToGroup,
          );
          for (const { id } of parsed) {
            const own = byArrival.filter((delta) => delta.indicator === id);
            expect(await storedCounts(clickhouse, id)).toEqual(asRecord(own));
          }
          const lastGroup = createSpanCounter(parsed)(batches.slice(-1)).deltas;
          const drift = await findDrift(store, {
            indicators: parsed,
            fromMs: NOW_MS - 14 * DAY_MS,
            toMs: NOW_MS + 2 * DAY_MS,
          });
          expect(sorted(drift)).toEqual(sorted(lastGroup));
        },
      ),
      { numRuns: 10, endOnFailure: true, reporter: reportShortly },
    );
  }, 240_000);

  it("counts groups of events by the values of fields as they are counted when they arrive", async () => {
    const filterOf = (text: string) => {
      const parsed = parseSpanFilter(text);
      if (!parsed.ok) throw new Error(parsed.error.message);
      return parsed.filter;
    };
    const minute = fc.integer({ min: NOW_MS - 60_000, max: NOW_MS });
    const bases = ["{ }", '{ .a != 5 || name = "a" }'].map(filterOf);
    const selects = ["{ status = error }", "{ span.a != nil }"].map(filterOf);
    const values = ["n", "b1", "i0", "i5", "i500", "s", "s5", ...NASTY_STRINGS.map((text) => `s${text}`)];
    // Every value of one field, and of a field and another together: families, as groups of SLOs are.
    const families = [["span.a"], ["resource.http.route"], [".a", "resource.service.name"], ["name", ".b"]];
    const parsed = bases.flatMap((base, b) =>
      families.flatMap((fields, f) =>
        values.map((value, v): ParsedIndicator => {
          const conditions = fields.map((text) => {
            const field = parseGroupField(text)!;
            return groupCondition(field, text === "name" ? `s${value.slice(1)}` : value)!;
          });
          const own = base.type === "constant" ? [] : base.type === "all" ? base.operands : [base];
          const operands = [...own, ...conditions];
          const total: SpanFilter = operands.length === 1 ? operands[0]! : { type: "all", operands };
          const outcome = (b + f) % 2 === 0 ? "good" : "bad";
          return {
            id: `g${b}-${f}-${v}`,
            total,
            totalText: printFilter(total),
            select: selects[f % 2]!,
            outcome,
          };
        }),
      ),
    );
    const unique = [...new Map(parsed.map((one) => [`${one.totalText} ${one.outcome}`, one])).values()];
    let group = 0n;
    await fc.assert(
      fc.asyncProperty(arbitraryBatch(minute, { minLength: 20, maxLength: 60 }), async (batch) => {
        await clearStore(clickhouse);
        group += 1n;
        await insertSpans(clickhouse, { groupId: group, writer: 7n, batches: [batch] });
        await backfill(
          unique.map((indicator) => ({ indicator, afterGroup: 0n })),
          group,
        );
        const deltas = createSpanCounter(unique)([batch]).deltas;
        const rows = await store.query<{ id: string; good: string; total: string }>(
          "SELECT toString(indicator) AS id, sum(good) AS good, sum(total) AS total FROM sli_counts GROUP BY id",
        );
        const sums = new Map<string, [number, number]>();
        for (const { indicator, good, total } of deltas) {
          const before = sums.get(indicator) ?? [0, 0];
          sums.set(indicator, [before[0] + good, before[1] + total]);
        }
        expect(
          Object.fromEntries(rows.map((row) => [row.id, [Number(row.good), Number(row.total)]])),
        ).toEqual(Object.fromEntries(sums));
        const range = { fromMs: NOW_MS - 14 * DAY_MS, toMs: NOW_MS + 2 * DAY_MS };
        expect(await findDrift(store, { indicators: unique, ...range })).toEqual([]);
      }),
      { numRuns: 4, endOnFailure: true, reporter: reportShortly },
    );
  }, 120_000);

  it("adds a repeated step once, and only the groups after the given one", async () => {
    await clearStore(clickhouse);
    const [batch] = fc.sample(arbitraryBatch(fc.constant(NOW_MS), { minLength: 5, maxLength: 5 }), 1);
    for (const groupId of [1n, 2n, 3n]) {
      const batches = [batch!];
      await insertSpans(clickhouse, { groupId, writer: 7n, batches });
    }
    const all = { type: "constant", value: true } as const;
    const indicator: ParsedIndicator = {
      id: "all",
      total: all,
      totalText: "{ }",
      select: all,
      outcome: "bad",
    };
    const [pass] = planBackfill([{ indicator, afterGroup: 1n }], await daysWithSpans(store), 0);
    for (let i = 0; i < 3; i += 1) {
      await backfillStep(store, pass!.steps[0]!, { upToGroup: 2n, writer: 7n, token: "repeated" });
    }
    expect(await storedCounts(clickhouse, "all")).toEqual({ [NOW_MS]: [0, 5] });
  });
});

const sorted = (deltas: readonly CountDelta[]) =>
  [...deltas].sort((a, b) => a.bucketMs - b.bucketMs || a.indicator.localeCompare(b.indicator));

function reportShortly<T>(run: fc.RunDetails<T>): void {
  if (run.failed)
    throw new Error(`seed ${run.seed}, path ${run.counterexamplePath}`, { cause: run.errorInstance });
}
