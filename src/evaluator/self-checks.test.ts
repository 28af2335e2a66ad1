import { describe, expect, it } from "vitest";
import { evaluationCheck, ingestCheck, outboxCheck } from "./self-checks.ts";
import type { Arrivals, StuckReceiver } from "./self-checks.ts";
import { diskCheck, storeCheck } from "./storage-checks.ts";

const MINUTE = 60_000;

describe("late evaluation", () => {
  it("is a problem from a minute on", async () => {
    expect(await evaluationCheck(() => 60).problems()).toEqual([]);
    expect(await evaluationCheck(() => 75).problems()).toMatchObject([
      { severity: "critical", summary: "SLOs were last evaluated 1 min 15 s ago: alerts come late" },
    ]);
  });
});

describe("the outbox", () => {
  const stuck: StuckReceiver = {
    receiver: "slack",
    receiverType: "slack",
    waiting: 3,
    oldestMs: 7 * MINUTE,
    refused: 0,
    lastAnswer: "503",
  };

  it("is a problem where notifications wait, or were refused, told by another receiver", async () => {
    expect(await outboxCheck(async () => []).problems()).toEqual([]);
    const both = await outboxCheck(async () => [
      stuck,
      {
        ...stuck,
        receiver: "oncall",
        receiverType: "pagerduty",
        waiting: 0,
        refused: 1,
        lastAnswer: "400: bad key",
      },
    ]).problems();
    expect(both).toMatchObject([
      {
        key: "outbox/slack",
        severity: "warning",
        avoid: "slack",
        summary: "3 notifications wait for slack, the oldest for 7 min",
        detail: "Its last answer: 503. Nothing is lost: it is tried again until it works.",
      },
      {
        key: "outbox/oncall/refused",
        severity: "critical",
        avoid: "pagerduty",
        summary: "oncall refused an alert that still fires: nobody was told",
      },
    ]);
  });
});

describe("ingest", () => {
  const steady: Arrivals = { lastMs: 100 * MINUTE, firstMs: 41 * MINUTE, minutes: 60 };
  const checkAt = async (minute: number, arrivals: Arrivals, startedMinute = 0) => {
    let nowMs = startedMinute * MINUTE;
    const check = ingestCheck({ read: async () => arrivals, silenceMs: 10 * MINUTE, nowMs: () => nowMs });
    nowMs = minute * MINUTE;
    return check.problems();
  };

  it("is a problem when steady traffic has stopped for long", async () => {
    expect(await checkAt(109.9, steady)).toEqual([]);
    expect(await checkAt(112, steady)).toMatchObject([
      { severity: "critical", summary: "no spans or metrics have arrived for 12 min" },
    ]);
  });

  it("is none where nothing ever came, or only now and then", async () => {
    expect(await checkAt(500, { lastMs: undefined, firstMs: 0, minutes: 0 })).toEqual([]);
    expect(await checkAt(500, { ...steady, minutes: 9 })).toEqual([]);
    expect(await checkAt(500, { ...steady, firstMs: 60 * MINUTE, minutes: 41 })).toEqual([]);
  });

  it("cannot be judged by a process that is younger than the silence", async () => {
    expect(await checkAt(125, steady, 120)).toBeUndefined();
    expect(await checkAt(131, steady, 120)).toHaveLength(1);
  });
});

describe("the telemetry store", () => {
  it("is a problem while statements keep failing, not for those of before the start", async () => {
    let failures = 5;
    let nowMs = 0;
    const check = storeCheck(
      async () => failures,
      () => nowMs,
    );
    expect(await check.problems()).toEqual([]);
    failures = 6;
    expect(await check.problems()).toHaveLength(1);
    nowMs = 30_000;
    expect(await check.problems()).toHaveLength(1);
    nowMs = 61_000;
    expect(await check.problems()).toEqual([]);
  });
});

describe("the disk", () => {
  const GIB = 1_073_741_824;
  it.each([
    [50, 1000, []],
    [9, 1000, ["disk/filling"]],
    [1.5, 1000, ["disk/full"]],
    [1, 4, []],
    [0.3, 4, ["disk/filling"]],
    [0.1, 4, ["disk/full"]],
  ])("with %d of %d GiB left", async (free, total, keys) => {
    const room = { freeBytes: free * GIB, totalBytes: total * GIB };
    const problems = await diskCheck("/data", async () => room).problems();
    expect(problems?.map(({ key }) => key)).toEqual(keys);
  });
});
