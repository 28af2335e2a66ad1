import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  clearStore,
  indicatorOf,
  openTestStore,
  SPAN_RETENTION_MS,
  startStand,
  storedCounts,
} from "../../test/contract/counting-stand.ts";
import type { StandHooks } from "../../test/contract/counting-stand.ts";
import { sampleAttributes, sampleSpans } from "../../test/contract/sample-spans.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import { DAY_MS } from "../model/time.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readChangesAfter } from "../store/clickhouse/read-changes-after.ts";
import { insertSliCounts } from "../store/clickhouse/sli-count-rows.ts";
import { insertSpans } from "../store/clickhouse/span-rows.ts";
import { readUncommittedSpans } from "../store/clickhouse/uncommitted-spans.ts";
import { createFakeIndicatorStates } from "./fake-indicator-states.ts";
import { recoverUncommitted } from "./undo-groups.ts";

let clickhouse: ClickHouse;
let close: () => Promise<void>;
let states = createFakeIndicatorStates();
let stand: Awaited<ReturnType<typeof startStand>>;

beforeAll(async () => {
  ({ clickhouse, close } = await openTestStore());
});
afterAll(() => close());

beforeEach(async () => {
  await clearStore(clickhouse);
  states = createFakeIndicatorStates();
});
afterEach(() => stand.stop());

const start = async (hooks: StandHooks = {}) => (stand = await startStand(clickhouse, states, hooks));

const BUCKET = bucketStartMs(Date.now() - 60_000);
const PAYMENT = indicatorOf('{ resource.service.name = "payment" }', "{ span.code < 500 }");
const SLOW = indicatorOf('{ resource.service.name = "payment" }', "{ duration > 300ms }", "bad");

/** `count` spans of the payment service, one in ten of them bad, which end in the bucket. */
function spans(count: number, bucketMs = BUCKET, service = "payment"): SpanBatch {
  return sampleSpans(
    Array.from({ length: count }, (_, i) => ({
      service,
      endMs: bucketMs + (i % 10_000),
      attributes: sampleAttributes({ code: i % 10 === 0 ? 503 : 200 }),
    })),
  );
}

const submitted = async (batch: SpanBatch) =>
  expect(await stand.submit(batch)).toEqual({ kind: "committed" });

/** Stores groups of ten spans, one after the other; `stop` gives the number of spans. */
function keepSending() {
  const stopping = new AbortController();
  const send = async () => {
    let sent = 0;
    for (; !stopping.signal.aborted; sent += 10) await submitted(spans(10));
    return sent;
  };
  const sending = send();
  return {
    stop() {
      stopping.abort();
      return sending;
    },
  };
}

describe("a new indicator", () => {
  it("has its whole history at once, and says how far back that goes", async () => {
    await start();
    await submitted(spans(20, BUCKET - 3 * DAY_MS));
    await submitted(spans(10));
    await stand.registry.apply([PAYMENT, SLOW]);
    await stand.registry.settled();
    await submitted(spans(10));
    const [old, recent] = [String(BUCKET - 3 * DAY_MS), String(BUCKET)];
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [old]: [18, 20], [recent]: [18, 20] });
    expect(await storedCounts(clickhouse, SLOW.id)).toEqual({ [old]: [20, 20], [recent]: [20, 20] });
    expect(states.records.get(PAYMENT.id)).toMatchObject({
      state: "live",
      coveredFromMs: BUCKET - 3 * DAY_MS,
    });
    expect(stand.progress.at(-1)).toEqual({ indicatorIds: [PAYMENT.id, SLOW.id], done: 2, total: 2 });
    const announced = (await readChangesAfter(clickhouse, 0n)).flatMap((group) => group.touched);
    const chunk = Math.floor((BUCKET - 3 * DAY_MS) / 600_000) * 600_000;
    expect(announced).toContainEqual({ indicator: PAYMENT.id, chunkMs: chunk });
  });

  it("counts each span once while groups keep being stored", async () => {
    await start();
    const sender = keepSending();
    await sleep(100);
    await stand.registry.apply([PAYMENT]);
    await sleep(30);
    await stand.registry.apply([PAYMENT, SLOW]);
    await stand.registry.settled();
    await sleep(50);
    const sent = await sender.stop();
    expect(sent).toBeGreaterThan(50);
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [sent * 0.9, sent] });
    expect(await storedCounts(clickhouse, SLOW.id)).toEqual({ [BUCKET]: [sent, sent] });
  });

  it("is counted anew after a backfill that a crash cut short", async () => {
    let statements = 0;
    await start({
      beforeStatement: async (sql) => {
        statements += Number(sql.includes("INSERT INTO sli_counts"));
        if (statements > 1) throw new Error("the process is dying");
      },
    });
    for (const days of [2, 1, 0]) await submitted(spans(10, BUCKET - days * DAY_MS));
    await stand.registry.apply([PAYMENT]);
    await submitted(spans(10));
    await expect.poll(() => statements).toBeGreaterThan(2);
    await stand.stop();
    expect(states.records.get(PAYMENT.id)?.state).toBe("backfilling");
    expect(Object.keys(await storedCounts(clickhouse, PAYMENT.id))).toHaveLength(1);

    await start();
    expect(stand.registry.isLive(PAYMENT.id)).toBe(false);
    await stand.registry.apply([PAYMENT]);
    await stand.registry.settled();
    expect(stand.registry.isLive(PAYMENT.id)).toBe(true);
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({
      [BUCKET - 2 * DAY_MS]: [9, 10],
      [BUCKET - DAY_MS]: [9, 10],
      [BUCKET]: [18, 20],
    });
  });

  it("survives failing statements: each step is tried again and counts once", async () => {
    let failures = 0;
    await start({
      beforeStatement: (sql) => {
        if (sql.includes("FROM spans") && failures++ % 2 === 0) throw new Error("not now");
      },
    });
    for (const days of [2, 1, 0]) await submitted(spans(10, BUCKET - days * DAY_MS));
    await stand.registry.apply([PAYMENT]);
    await stand.registry.settled();
    expect(Object.values(await storedCounts(clickhouse, PAYMENT.id))).toEqual([
      [9, 10],
      [9, 10],
      [9, 10],
    ]);
    expect(failures).toBeGreaterThan(3);
  });
});

describe("an indicator that comes and goes", () => {
  it("is not counted while no SLO uses it, and complete when it is back", async () => {
    await start();
    await stand.registry.apply([PAYMENT]);
    await stand.registry.settled();
    await submitted(spans(10));
    await stand.registry.apply([SLOW]);
    await stand.registry.settled();
    expect(states.records.get(PAYMENT.id)).toMatchObject({ state: "retired" });
    await submitted(spans(20));
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [9, 10] });
    await stand.registry.apply([PAYMENT]);
    await submitted(spans(30));
    await stand.registry.settled();
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [54, 60] });
    expect(await storedCounts(clickhouse, SLOW.id)).toEqual({ [BUCKET]: [30, 30] });
  });

  it("keeps counts that are older than the spans when it returns, also after a crash on the way", async () => {
    let dying = false;
    await start({
      beforeStatement: (sql) => {
        if (dying && sql.includes("INSERT INTO sli_counts")) throw new Error("the process is dying");
      },
    });
    await stand.registry.apply([PAYMENT]);
    await stand.registry.settled();
    const longAgo = bucketStartMs(BUCKET - SPAN_RETENTION_MS - DAY_MS);
    await clickhouse.command(
      "background",
      `INSERT INTO sli_counts VALUES ('${PAYMENT.id}', toDateTime(${longAgo / 1_000}), 1, 5, 6)`,
    );
    await submitted(spans(10));
    await stand.registry.apply([]);
    for (const days of [1, 0]) await submitted(spans(10, BUCKET - days * DAY_MS));
    dying = true;
    await stand.registry.apply([PAYMENT]);
    await submitted(spans(10));
    await sleep(50);
    await stand.stop();
    expect(states.records.get(PAYMENT.id)).toMatchObject({ state: "backfilling" });

    await start();
    await stand.registry.apply([PAYMENT]);
    await submitted(spans(10));
    await stand.registry.settled();
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({
      [longAgo]: [5, 6],
      [BUCKET - DAY_MS]: [9, 10],
      [BUCKET]: [36, 40],
    });
  });

  it("goes on after a restart as if nothing had been", async () => {
    await start();
    await stand.registry.apply([PAYMENT]);
    await submitted(spans(10));
    await stand.registry.settled();
    await stand.stop();
    await start();
    expect(stand.registry.isLive(PAYMENT.id)).toBe(true);
    await submitted(spans(10));
    await stand.registry.apply([PAYMENT]);
    await stand.registry.settled();
    await submitted(spans(10));
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [27, 30] });
  });

  it("may change quickly: the newest set wins and every count is right", async () => {
    await start();
    const sender = keepSending();
    const sets = [[PAYMENT], [], [SLOW], [PAYMENT, SLOW], [], [PAYMENT], [SLOW], [SLOW, PAYMENT]];
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        sets.map(async (set, i) => {
          await sleep(i * 8 * round);
          await stand.registry.apply(set);
        }),
      );
    }
    await stand.registry.settled();
    const sent = await sender.stop();
    expect([PAYMENT, SLOW].map(({ id }) => stand.registry.isLive(id))).toEqual([true, true]);
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [sent * 0.9, sent] });
    expect(await storedCounts(clickhouse, SLOW.id)).toEqual({ [BUCKET]: [sent, sent] });
  });
});

describe("a group that fails", () => {
  it.each(["counts", "record"] as const)("leaves no trace when %s cannot be stored", async (failing) => {
    let broken = false;
    await start({
      beforeStep: (step) => {
        if (broken && step === failing) throw new Error("disk full");
      },
    });
    await stand.registry.apply([PAYMENT]);
    await stand.registry.settled();
    await submitted(spans(10));
    broken = true;
    expect(await stand.submit(spans(20))).toMatchObject({ kind: "failed" });
    broken = false;
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [9, 10] });
    await submitted(spans(10));
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [18, 20] });
  });

  it("is undone without a write when nothing of it was stored: a full disk takes none", async () => {
    const written: string[] = [];
    let broken = false;
    await start({
      beforeStep: (step) => {
        if (broken && step === "spans") throw new Error("disk full");
      },
      beforeStatement: (sql) => {
        if (broken && !sql.trimStart().startsWith("SELECT")) written.push(sql);
      },
    });
    await stand.registry.apply([PAYMENT]);
    await stand.registry.settled();
    const mutations = async () =>
      (await clickhouse.query<{ n: string }>("read", "SELECT count() AS n FROM system.mutations"))[0]?.n;
    const before = await mutations();
    broken = true;
    expect(await stand.submit(spans(20))).toMatchObject({ kind: "failed" });
    expect([written, await mutations()]).toEqual([[], before]);
  });

  it("does not disturb a backfill that is under way", async () => {
    let broken = false;
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await start({
      beforeStep: (step) => {
        if (broken && step === "record") throw new Error("disk full");
      },
      beforeStatement: (sql) => (sql.includes("group_id <= ") ? held : undefined),
    });
    await submitted(spans(10));
    await stand.registry.apply([PAYMENT]);
    broken = true;
    expect(await stand.submit(spans(20))).toMatchObject({ kind: "failed" });
    broken = false;
    await submitted(spans(10));
    release();
    await stand.registry.settled();
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [18, 20] });
  });

  it.each(["counts", "record", "nothing"] as const)(
    "is undone at the next start when the process died before %s",
    async (step) => {
      let dying = false;
      let reached = () => {};
      const atStep = new Promise<void>((resolve) => (reached = resolve));
      const hooks: StandHooks = {
        beforeStep: (current) => {
          if (!dying || current !== step) return undefined;
          reached();
          return new Promise<void>(() => {});
        },
      };
      await start(hooks);
      const died = stand;
      await stand.registry.apply([PAYMENT]);
      await stand.registry.settled();
      await submitted(spans(10));
      dying = step !== "nothing";
      const unanswered = stand.submit(spans(20, BUCKET + 10_000));
      if (step === "nothing") await unanswered;
      else await atStep;

      await start();
      const isUndone = step !== "nothing";
      expect(stand.recovered?.groupIds.length).toBe(isUndone ? 1 : undefined);
      expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({
        [BUCKET]: [9, 10],
        ...(isUndone ? {} : { [BUCKET + 10_000]: [18, 20] }),
      });
      const [left] = await clickhouse.query<{ n: string }>("read", "SELECT count() AS n FROM spans");
      expect(Number(left?.n)).toBe(isUndone ? 10 : 30);
      await submitted(spans(20, BUCKET + 10_000));
      expect(await storedCounts(clickhouse, PAYMENT.id)).toMatchObject({
        [BUCKET + 10_000]: isUndone ? [18, 20] : [36, 40],
      });
      await died.registry.close();
    },
  );

  it("is undone by a recovery that is itself killed between the counts and the spans, and run again", async () => {
    await start();
    await stand.registry.apply([PAYMENT]);
    await stand.registry.settled();
    await submitted(spans(10));
    const { deltas } = stand.registry.count([spans(20)]);
    const group = { groupId: BigInt(Date.now() + 1_000) * 1_000n, writer: stand.writer };
    await insertSpans(clickhouse, { ...group, batches: [spans(20)] });
    await insertSliCounts(clickhouse, { ...group, deltas });
    const recover = (deleteSpans: (groupIds: readonly bigint[]) => Promise<void>) =>
      recoverUncommitted(
        { store: stand.ports.store, readUncommitted: () => readUncommittedSpans(clickhouse), deleteSpans },
        {
          indicators: stand.registry.live().map(({ indicator }) => indicator),
          writer: stand.writer,
          rawFromMs: 0,
        },
      );
    await expect(recover(() => Promise.reject(new Error("killed")))).rejects.toThrow("killed");
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [9, 10] });
    expect(await recover(stand.ports.deleteSpans)).toMatchObject({
      groupIds: [group.groupId],
      corrections: [],
    });
    expect(await recover(stand.ports.deleteSpans)).toBeUndefined();
    expect(await storedCounts(clickhouse, PAYMENT.id)).toEqual({ [BUCKET]: [9, 10] });
  });
});
