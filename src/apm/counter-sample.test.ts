import { describe, expect, it } from "vitest";
import { attributeBadEvents } from "./attribute-bad-events.ts";
import { counterSample, type CounterRises, type Rise } from "./counter-sample.ts";

const rise = (route: string, code: string, pod: string, count: number): Rise => ({
  labels: { __name__: "http_requests_total", job: "shop", route, handler: `h${route}`, code, pod },
  rise: count,
});

/** 82 of 100 bad requests are refunds, of 1,000 good ones 90; of pods each has its share. */
const BAD = [rise("/refund", "500", "a", 41), rise("/refund", "500", "b", 41), rise("/cart", "500", "a", 18)];
const GOOD = [
  rise("/refund", "200", "a", 90),
  rise("/cart", "200", "a", 450),
  rise("/cart", "200", "b", 460),
];

async function ask(rises: CounterRises) {
  const read = (asked: CounterRises) => Promise.resolve(counterSample(asked));
  return attributeBadEvents(read, rises, new Set(["code"]));
}

describe("why counters burn", () => {
  it.each([
    ["the bad are counted", { outcome: "bad", select: BAD }],
    ["the good are counted", { outcome: "good", select: GOOD }],
  ] as const)("is said by their labels, where %s", async (_, counted) => {
    const found = await ask({ total: [...GOOD, ...BAD], ...counted });
    expect(found.events).toEqual({ total: 1_100, bad: 100, isEstimated: true });
    expect(found.contributors.map(({ words, alsoTrue }) => [words, alsoTrue])).toEqual([
      [
        "82 % of bad events have route=/refund, 9 % of good ones do",
        [{ attribute: "handler", value: "h/refund" }],
      ],
    ]);
    expect(found.symptoms.map(({ words }) => words)).toEqual([
      "all bad events have code=500, no good one does",
    ]);
  });

  it("buckets are no label of an event, and what is taken off is not counted", async () => {
    const bucket = (le: string, count: number): Rise => ({ labels: { route: "/", le }, rise: count });
    const found = counterSample({
      total: [
        { labels: { route: "/" }, rise: 120 },
        { labels: { route: "/" }, rise: -20 },
      ],
      outcome: "good",
      select: [bucket("0.3", 70)],
    });
    expect(found.rows.map(({ key, bad, good }) => [key, bad, good])).toEqual([["route", 30, 70]]);
  });

  it("no rise is no event", async () => {
    expect((await ask({ total: [], outcome: "bad", select: [] })).summary).toBe("There were no events.");
  });
});
