import { describe, expect, it } from "vitest";
import { DAY_MS } from "../model/time.ts";
import { choose, forgetBefore, newCensus, readCensus, record, storedCensus } from "./census.ts";

const row = (value: string, events: number, day = 0) => ({
  values: [`s${value}`],
  dayMs: day * DAY_MS,
  events,
});
const tracked = (census: ReturnType<typeof newCensus>) =>
  census.tracked.map((key) => (JSON.parse(key) as string[])[0]!.slice(1));

describe("the census of groups", () => {
  it("tracks the values with the most events of all days, up to the limit", () => {
    const census = newCensus();
    record(census, [row("a", 5), row("b", 3), row("c", 1)], "add");
    record(census, [row("c", 9, 1)], "add");
    expect(choose(census, 2, true)).toBe(true);
    expect(tracked(census)).toEqual(["c", "a"]);
    expect(choose(census, 2, true)).toBe(false);
  });

  it("waits for the past before it leaves a value out", () => {
    const census = newCensus();
    record(census, [row("new", 1)], "add");
    choose(census, 2, false);
    expect(tracked(census)).toEqual(["new"]);
    record(census, [row("a", 9), row("b", 8)], "add");
    expect(choose(census, 2, false)).toBe(false);
    expect(tracked(census)).toEqual(["new"]);
    expect(choose(census, 2, true)).toBe(true);
    expect(tracked(census)).toEqual(["a", "b"]);
  });

  it("does not swap two of about the same size", () => {
    const census = newCensus();
    record(census, [row("a", 10), row("b", 9)], "add");
    choose(census, 1, true);
    record(census, [row("b", 5)], "add");
    expect(choose(census, 1, true)).toBe(false);
    record(census, [row("b", 7)], "add");
    expect(choose(census, 1, true)).toBe(true);
    expect(tracked(census)).toEqual(["b"]);
  });

  it("lets a value go when its last event leaves the window", () => {
    const census = newCensus();
    record(census, [row("old", 99), row("seen", 0, 3)], "see");
    record(census, [row("new", 1, 3)], "add");
    choose(census, 10, true);
    forgetBefore(census, DAY_MS);
    expect(choose(census, 10, true)).toBe(true);
    expect(tracked(census)).toEqual(["new", "seen"]);
  });

  it("is the same when it is stored and read", () => {
    const census = newCensus();
    record(census, [row("a", 5), row("b", 3, 2), row("é\n", 1)], "set");
    choose(census, 2, true);
    const again = readCensus(
      JSON.parse(JSON.stringify(storedCensus(census))) as ReturnType<typeof storedCensus>,
    );
    expect(again).toEqual(census);
  });

  it("stays bounded where every event has a value of its own", () => {
    const census = newCensus();
    record(census, [row("big", 1_000)], "add");
    choose(census, 1, true);
    for (let i = 0; i < 30; i += 1) {
      record(
        census,
        Array.from({ length: 1_000 }, (_, j) => row(`id-${i}-${j}`, 1)),
        "add",
      );
    }
    expect(census.found.size).toBeLessThanOrEqual(5_000);
    expect(census.isCut).toBe(true);
    choose(census, 1, true);
    expect(tracked(census)).toEqual(["big"]);
    expect(storedCensus(census).found).toHaveLength(2_000);
  });
});
