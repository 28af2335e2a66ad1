import { describe, expect, it } from "vitest";
import { BUCKET_MS } from "../slo/bucket.ts";
import { OCCURRENCES } from "../slo/budgeting-method.ts";
import { defineCompositeIndicator } from "../slo/define-indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { exampleSlo, HOUR, until, world } from "./evaluator-stand.ts";

describe("evaluator", () => {
  it("opens one episode per severity when a burn crosses its thresholds, and closes them when it is over", async () => {
    const w = world();
    const evaluator = w.start();
    evaluator.setSlos({ slos: [exampleSlo("payment", "i1"), exampleSlo("ledger", "i2")], complete: true });
    w.send("i1", 50, 50);
    w.send("i2", 100, 0);
    evaluator.start();
    await until(() => w.stored.length === 2);
    expect(
      w.stored.map((change) => [change.episode.sloName, change.episode.alertKey, change.episode.state]),
    ).toEqual([
      ["payment", "critical", "firing"],
      ["payment", "warning", "firing"],
    ]);
    // A long while without a bad event: every short window is clean.
    for (let i = 0; i < 48; i += 1) {
      w.advance(HOUR / 4);
      w.send("i1", 100_000, 0);
      const at = w.at();
      evaluator.kick();
      await until(() => evaluator.latest()?.at === at);
    }
    await until(() => w.open.size === 0);
    const resolved = w.stored.filter((change) => change.episode.state === "resolved");
    expect(resolved.map((change) => change.episode.resolution)).toEqual(["recovered", "recovered"]);
    await evaluator.stop();
  });

  it("changes nothing that the store did not take, and takes it up again", async () => {
    const w = world();
    w.broken.store = true;
    const evaluator = w.start();
    evaluator.setSlos({ slos: [exampleSlo("payment", "i1")], complete: true });
    w.send("i1", 0, 100);
    evaluator.start();
    await new Promise((resolve) => setTimeout(resolve, 60));
    // What was judged can be seen; the heartbeat waits for what could not be stored.
    expect(evaluator.latest()?.verdicts.get("payment")?.state).toBe("breached");
    expect(evaluator.latest()?.openEpisodes).toEqual([]);
    expect(evaluator.lagSeconds()).toBeGreaterThan(0.05);
    w.broken.store = false;
    await until(() => w.stored.length === 2);
    await evaluator.stop();
  });

  it("continues an episode after a restart instead of opening another", async () => {
    const w = world();
    const first = w.start();
    first.setSlos({ slos: [exampleSlo("payment", "i1")], complete: true });
    w.send("i1", 0, 100);
    first.start();
    await until(() => w.stored.length === 2);
    await first.stop();
    w.advance(BUCKET_MS);
    const second = w.start();
    second.setSlos({ slos: [exampleSlo("payment", "i1")], complete: true });
    second.start();
    await until(() => second.latest() !== undefined);
    expect(w.open.size).toBe(2);
    expect(
      w.stored.filter((change) => change.kind === "changed" && change.actions.includes("trigger")),
    ).toHaveLength(2);
    await second.stop();
  });

  it("resolves the episode of a deleted SLO, but not while a spec file is broken", async () => {
    const w = world();
    const evaluator = w.start();
    evaluator.setSlos({ slos: [exampleSlo("payment", "i1")], complete: true });
    w.send("i1", 0, 100);
    evaluator.start();
    await until(() => w.open.size === 2);
    evaluator.setSlos({ slos: [], complete: false });
    const before = evaluator.latest();
    await until(() => evaluator.latest() !== before && evaluator.latest()?.verdicts.size === 0);
    expect(w.open.size).toBe(2);
    evaluator.setSlos({ slos: [], complete: true });
    const incomplete = evaluator.latest();
    await until(() => evaluator.latest() !== incomplete);
    w.advance(30_000);
    await until(() => w.open.size === 0);
    expect(w.stored.slice(2).map((change) => change.episode.resolution)).toEqual([
      "slo_deleted",
      "slo_deleted",
    ]);
    await evaluator.stop();
  });

  it("leaves an episode alone whose SLO is missing for some seconds", async () => {
    const w = world();
    const evaluator = w.start();
    const all = { slos: [exampleSlo("payment", "i1")], complete: true };
    evaluator.setSlos(all);
    w.send("i1", 0, 100);
    evaluator.start();
    await until(() => w.open.size === 2);
    const judged = async (): Promise<void> => {
      const before = evaluator.latest();
      evaluator.kick();
      await until(() => evaluator.latest() !== before);
    };
    for (const missing of [{ slos: [], complete: true }, all, { slos: [], complete: true }]) {
      evaluator.setSlos(missing);
      await judged();
      w.advance(20_000);
      await judged();
    }
    evaluator.setSlos(all);
    await judged();
    expect(w.stored).toHaveLength(2);
    await evaluator.stop();
  });

  it("stores the alerts of other SLOs when one cannot be stored", async () => {
    const w = world();
    w.broken.slo = "a-poison";
    const evaluator = w.start();
    evaluator.setSlos({ slos: [exampleSlo("a-poison", "i1"), exampleSlo("payment", "i1")], complete: true });
    w.send("i1", 0, 100);
    evaluator.start();
    await until(() => w.stored.length === 2);
    expect(w.stored.map((change) => change.episode.sloName)).toEqual(["payment", "payment"]);
    w.broken.slo = "";
    await until(() => w.stored.length === 4);
    await evaluator.stop();
  });

  it("ends the episode of an alert whose severity changes and opens another, for those who hear of that severity", async () => {
    const w = world();
    const evaluator = w.start();
    const slo = exampleSlo("payment", "i1");
    const [alert] = slo.alerts;
    const withSeverity = (severity: "critical" | "warning"): Slo => ({
      ...slo,
      alerts: [{ ...alert!, severity }],
    });
    evaluator.setSlos({ slos: [withSeverity("warning")], complete: true });
    w.send("i1", 0, 100);
    evaluator.start();
    await until(() => w.open.size === 1);
    evaluator.setSlos({ slos: [withSeverity("critical")], complete: true });
    await until(() => w.stored.length === 3);
    expect(w.stored.map(({ episode }) => [episode.severity, episode.state, episode.resolution])).toEqual([
      ["warning", "firing", null],
      ["warning", "resolved", "alert_removed"],
      ["critical", "firing", null],
    ]);
    await evaluator.stop();
  });

  it("pages for a composite when one of its parts burns, and shares the counts of the parts", async () => {
    const w = world();
    const evaluator = w.start();
    const [plain, other] = [exampleSlo("plain", "i1"), exampleSlo("other", "i2")];
    const part = { target: 0.999, method: OCCURRENCES };
    const parts = [plain, other].map(({ name, indicator }, i) => {
      if (indicator.source === "composite") throw new Error("no part of a part");
      return { ...part, name, indicator, weight: 1 + i };
    });
    const journey = { ...plain, name: "journey", indicator: defineCompositeIndicator(parts) };
    evaluator.setSlos({ slos: [journey, plain], complete: true });
    w.send("i1", 1_000, 0);
    evaluator.start();
    await until(() => evaluator.latest()?.verdicts.get("journey")?.state === "met");
    const silent = evaluator.latest()!.verdicts.get("journey")!.budget.composite!;
    expect(silent.coveredWeightRatio).toBeCloseTo(1 / 3);
    w.send("i2", 500, 500);
    evaluator.kick();
    await until(() => w.stored.length === 2);
    expect(w.stored.map(({ episode }) => [episode.sloName, episode.severity])).toEqual([
      ["journey", "critical"],
      ["journey", "warning"],
    ]);
    const { facts } = w.stored[0]!.episode;
    expect(facts.parts!.map(({ name }) => name)).toEqual(["other", "plain"]);
    expect(facts.longBurnRate).toBeCloseTo(((2 / 3) * 0.5) / 0.001);
    expect(evaluator.latest()!.verdicts.get("plain")!.budget.remainingRatio).toBe(1);
    await evaluator.stop();
  });

  it("judges nothing by counts that are still being made", async () => {
    const w = world();
    const evaluator = w.start();
    evaluator.setSlos({ slos: [exampleSlo("new", "uncounted")], complete: true });
    w.send("uncounted", 0, 100);
    evaluator.start();
    await until(() => evaluator.latest() !== undefined);
    expect(evaluator.latest()?.verdicts.size).toBe(0);
    expect(w.stored).toEqual([]);
    await evaluator.stop();
  });
});
