import { afterEach, describe, expect, it, vi } from "vitest";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import { timestampMs } from "../model/time.ts";
import { SILENT_LOG } from "../self/log.ts";
import { sloRevision } from "../slo/slo-revision.ts";
import { fakeSlo, fakeVerdict } from "./fake-slos.ts";
import { createLedgerWriter, type LedgerWriter } from "./ledger-writer.ts";
import type { LatestVerdicts } from "./slo-rows.ts";

const writers: LedgerWriter[] = [];
afterEach(() => Promise.all(writers.splice(0).map((writer) => writer.stop())));

const until = (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5_000, interval: 5 });

function world(maxWaiting?: number) {
  const slo = fakeSlo();
  const state = { latest: undefined as LatestVerdicts | undefined, isAway: false, attempts: 0 };
  const lines: LedgerEntry[] = [];
  const tokens: string[] = [];
  const writer = createLedgerWriter({
    latest: () => state.latest,
    coveredFromMs: () => 1_000,
    append: (entries, token) => {
      state.attempts += 1;
      if (state.isAway) return Promise.reject(new Error("away"));
      lines.push(...entries);
      tokens.push(token);
      return Promise.resolve();
    },
    writer: "w",
    now: () => timestampMs(Date.now()),
    log: SILENT_LOG,
    intervalMs: 20,
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  });
  writers.push(writer);
  writer.start();
  const evaluate = (at: number, total = 1_000): void => {
    const verdict = fakeVerdict(slo, { good: total - 1, total }, at);
    state.latest = { at, verdicts: new Map([[slo.name, verdict]]) };
  };
  return { slo, state, lines, tokens, evaluate };
}

describe("the writer of the ledger", () => {
  it("writes what the verdict says, once", async () => {
    const w = world();
    w.evaluate(50_000);
    await until(() => w.lines.length === 1);
    const verdict = w.state.latest!.verdicts.get(w.slo.name)!;
    expect(w.lines[0]).toMatchObject({
      slo: w.slo.name,
      at: 50_000,
      state: verdict.state,
      counts: verdict.budget.counts,
      raw: verdict.budget.counts,
      remainingRatio: verdict.budget.remainingRatio,
      coveredFromMs: 1_000,
      revision: sloRevision(w.slo),
      corrections: "",
    });
    const { attempts } = w.state;
    await new Promise((resolve) => setTimeout(resolve, 100));
    // Nothing was evaluated since, so nothing is known that was not known before.
    expect(w.state.attempts).toBe(attempts);
  });

  it("writes later what the store did not take, in order and under the same token", async () => {
    const w = world();
    w.state.isAway = true;
    w.evaluate(50_000);
    await until(() => w.state.attempts >= 1);
    w.evaluate(60_000);
    await until(() => w.state.attempts >= 3);
    w.state.isAway = false;
    await until(() => w.lines.length === 2);
    expect(w.lines.map(({ at }) => at)).toEqual([50_000, 60_000]);
    expect(w.tokens).toEqual(["w-50000", "w-60000"]);
  });

  it("lets the oldest go when too many wait", async () => {
    const w = world(2);
    w.state.isAway = true;
    for (const at of [1_000, 2_000, 3_000, 4_000]) {
      const { attempts } = w.state;
      w.evaluate(at);
      await until(() => w.state.attempts > attempts + 1);
    }
    w.state.isAway = false;
    await until(() => w.lines.length === 2);
    expect(w.lines.map(({ at }) => at)).toEqual([3_000, 4_000]);
  });
});
