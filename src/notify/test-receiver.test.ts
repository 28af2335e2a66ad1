import { describe, expect, it } from "vitest";
import type { ClaimedNotification, SendOutcome } from "../alert/notification.ts";
import { episodeSummary } from "../alert/episode-text.ts";
import { newsOf } from "./news-of.ts";
import { testReceiver } from "./test-receiver.ts";

const CHOICE = { receiver: "team", receiverType: "pagerduty", address: "secret" } as const;

async function tryWith(...answers: readonly SendOutcome[]) {
  const sent: ClaimedNotification[] = [];
  const left = [...answers];
  let ids = 0;
  const result = await testReceiver(CHOICE, {
    send: (notification) => {
      sent.push(notification);
      return Promise.resolve(left.shift() ?? { kind: "delivered", detail: "202" });
    },
    by: "key:ops",
    now: () => 1_750_000_000_000,
    newId: () => `id-${(ids += 1)}`,
    pauseMs: 1,
  });
  return { sent, result };
}
const retry = (ambiguous: boolean): SendOutcome => ({ kind: "retry", detail: "503", ambiguous });

describe("a test of a receiver", () => {
  it("begins and ends one episode, says that it is one, and who asked", async () => {
    const reference = { channel: "C1", ts: "1.0" };
    const { sent, result } = await tryWith({ kind: "delivered", detail: "posted", reference });
    expect(result).toMatchObject({ ok: true, steps: [{ detail: "posted" }, { detail: "202" }] });
    const [trigger, resolve] = sent as [ClaimedNotification, ClaimedNotification];
    expect([trigger.action, resolve.action]).toEqual(["trigger", "resolve"]);
    expect(resolve.episodeId).toBe(trigger.episodeId);
    expect(resolve.id).not.toBe(trigger.id);
    expect(resolve.reference).toEqual(reference);
    expect(trigger.facts.test).toBe(true);
    expect(episodeSummary(newsOf(trigger))).toBe("Noroshi: TEST of the receiver team; nothing is wrong");
    expect(trigger.facts.self?.detail).toContain("key:ops");
  });

  it("that was refused, or surely not taken, has nothing to end", async () => {
    for (const outcome of [{ kind: "rejected", detail: "400" } as const, retry(false)]) {
      const { sent, result } = await tryWith(outcome);
      expect(sent).toHaveLength(1);
      expect(result).toMatchObject({ ok: false, steps: [{ action: "trigger", outcome: outcome.kind }] });
    }
  });

  it("that may have arrived is ended, so that nothing stays open, and has failed", async () => {
    const { sent, result } = await tryWith(retry(true));
    expect(sent.map(({ action }) => action)).toEqual(["trigger", "resolve"]);
    expect(result.ok).toBe(false);
  });

  it("tries again to end it, and gives up", async () => {
    const delivered = { kind: "delivered", detail: "202" } as const;
    const { sent, result } = await tryWith(delivered, retry(true), retry(false), delivered);
    expect(sent.slice(1).map(({ id, attempt, maybeSent }) => [id, attempt, maybeSent])).toEqual([
      ["id-3", 1, false],
      ["id-3", 2, true],
      ["id-3", 3, true],
    ]);
    expect(result.ok).toBe(true);
    const given = await tryWith(delivered, retry(true), retry(true), retry(true));
    expect(given.result).toMatchObject({ ok: false, steps: [{}, { action: "resolve", outcome: "retry" }] });
    expect(given.sent).toHaveLength(4);
  });
});
