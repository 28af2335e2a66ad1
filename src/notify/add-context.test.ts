import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { NO_CONTEXT, type NotificationContext } from "../alert/notification-context.ts";
import type { ClaimedNotification } from "../alert/notification.ts";
import { SILENT_LOG } from "../self/log.ts";
import { createAddContext, type ContextPorts } from "./add-context.ts";
import { preparedSenders } from "./prepare.ts";
import { sampleNotification } from "./sample-notification.ts";

const CHANGE = { service: "payment", version: "1.4.2", firstSeenMs: 1_749_999_000_000 };
const FOUND: NotificationContext = { changes: [CHANGE], contributors: [] };

function setUp(changes: Partial<ContextPorts> = {}, limits: { pageLimitMs?: number; pauseMs?: number } = {}) {
  const sent: ClaimedNotification[] = [];
  const asked: string[] = [];
  const kept = new Map<string, NotificationContext>();
  const ports: ContextPorts = {
    whatChanged: (notification) => {
      asked.push(notification.id);
      return Promise.resolve([CHANGE]);
    },
    topContributors: () => Promise.resolve([]),
    keep: (id, context) => {
      if (!kept.has(id)) kept.set(id, context);
      return Promise.resolve(kept.get(id));
    },
    ...changes,
  };
  const senders = preparedSenders(
    {
      pagerduty: (notification) => {
        sent.push(notification);
        return Promise.resolve({ kind: "delivered", detail: "taken" });
      },
    },
    createAddContext({ ports, log: SILENT_LOG, ...limits }),
  );
  const send = (notification: ClaimedNotification) => senders.pagerduty!(notification, () => 30_000);
  return { send, sent, asked, kept };
}

describe("what is added to a notification", () => {
  it("gives a trigger what was found, and keeps it with the notification", async () => {
    const { send, sent, kept } = setUp();
    await send(sampleNotification());
    expect(sent[0]?.context).toEqual(FOUND);
    expect([...kept.values()]).toEqual([FOUND]);
  });

  it("says what was kept where somebody was faster", async () => {
    const { send, sent, kept } = setUp();
    kept.set(sampleNotification().id, NO_CONTEXT);
    await send(sampleNotification());
    expect(sent[0]?.context).toEqual(NO_CONTEXT);
  });

  it("looks anew for an update, and never for a retry, an end, or Noroshi itself", async () => {
    const { send, sent, asked } = setUp();
    const facts = sampleNotification().facts;
    const self = { summary: "the disk is full", detail: "make room", path: "/", observer: "a" };
    const earlier = { context: FOUND, isContextEarlier: true };
    await send(sampleNotification({ attempt: 2 }));
    await send(sampleNotification({ context: FOUND }));
    await send(sampleNotification({ action: "resolve", resolution: "recovered", ...earlier }));
    await send(sampleNotification({ action: "remind", ...earlier }));
    await send(sampleNotification({ facts: { ...facts, self } }));
    expect(asked).toEqual([]);
    await send(sampleNotification({ id: "update", action: "update", ...earlier }));
    expect(asked).toEqual(["update"]);
    expect(sent).toHaveLength(6);
    expect(sent[2]?.context).toEqual(FOUND);
  });

  it("sends without it when it is late, and lets nobody wait for a while after that", async () => {
    const stopped: boolean[] = [];
    const { send, sent } = setUp(
      {
        whatChanged: async (_, signal) => {
          await pause(5_000, undefined, { signal }).catch(() => stopped.push(true));
          return [];
        },
      },
      { pageLimitMs: 30 },
    );
    const began = performance.now();
    await send(sampleNotification());
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(sent[0]?.context).toBeUndefined();
    await pause(5);
    expect(stopped).toEqual([true]);
    const again = performance.now();
    for (let i = 0; i < 100; i += 1) await send(sampleNotification({ id: String(i) }));
    expect(performance.now() - again).toBeLessThan(500);
    expect(sent).toHaveLength(101);
  });

  it.each<[string, Partial<ContextPorts>]>([
    ["the telemetry store", { topContributors: () => Promise.reject(new Error("overloaded")) }],
    ["the control store", { keep: () => Promise.reject(new Error("connection lost")) }],
  ])("sends what was found when %s fails", async (_, failing) => {
    const { send, sent } = setUp(failing);
    expect(await send(sampleNotification())).toMatchObject({ kind: "delivered" });
    expect(sent[0]?.context).toEqual(FOUND);
  });
});
