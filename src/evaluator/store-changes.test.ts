import { expect, it } from "vitest";
import { sampleEpisode } from "../alert/sample-episode.ts";
import type { Change } from "./evaluate-all.ts";
import { createStoreAll } from "./store-changes.ts";

const change = (sloName: string, severity: "critical" | "warning"): Change => ({
  kind: "changed",
  episode: sampleEpisode({ sloName, severity }),
  actions: ["trigger"],
});

it("stores pages first, and when tickets have taken their time leaves the rest to the next evaluation", async () => {
  const stored: string[] = [];
  const storeAll = createStoreAll(async ({ episode }) => void stored.push(episode.sloName), 0);
  const tickets = ["t1", "t2", "t3"].map((name) => change(name, "warning"));
  const pages = ["p1", "p2"].map((name) => change(name, "critical"));
  expect(await storeAll(tickets, new Map())).toEqual({ failure: undefined, isUnfinished: true });
  expect(stored).toEqual(["t1"]);
  // Pages are never left.
  expect((await storeAll([...tickets.slice(1), ...pages], new Map())).isUnfinished).toBe(true);
  expect(stored).toEqual(["t1", "p1", "p2"]);
  expect((await storeAll(tickets.slice(1), new Map())).isUnfinished).toBe(true);
  expect((await storeAll(tickets.slice(2), new Map())).isUnfinished).toBe(false);
  expect(stored).toEqual(["t1", "p1", "p2", "t2", "t3"]);
});
