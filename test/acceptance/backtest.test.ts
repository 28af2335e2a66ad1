import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWorld } from "./receivers.ts";
import type { World } from "./receivers.ts";
import { eventually, runCommand, startService } from "./service-process.ts";
import type { ServiceProcess } from "./service-process.ts";
import { availabilitySpec, sendTraces, traceBody } from "./spans.ts";
import type { TestSpan } from "./spans.ts";

let world: World;
let service: ServiceProcess | undefined;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(async () => {
  await service?.kill();
  service = undefined;
  await world.close();
});

const MINUTE_MS = 60_000;

/** Four hours of a request every five seconds; ten minutes of them, an hour ago, fail. */
function history(nowMs: number): TestSpan[] {
  return Array.from({ length: (240 * MINUTE_MS) / 5_000 }, (_, i) => {
    const agoMs = 240 * MINUTE_MS - i * 5_000;
    const fails = agoMs <= 60 * MINUTE_MS && agoMs > 50 * MINUTE_MS;
    return { service: "payment", status: fails ? 503 : 200, endMs: nowMs - agoMs };
  });
}

interface Backtest {
  readonly runs: readonly {
    readonly target: number;
    readonly episodes: readonly {
      readonly alert: string;
      readonly firedAt: string;
      readonly resolvedAt: string;
    }[];
  }[];
}

describe("noroshi backtest against a running service", () => {
  it("finds the outage in the stored counts, for several targets, and what it would have paged", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment", { target: 0.999 }));
    service = await startService({ dataDir: world.dataDir, specs: world.specs, env: world.env });
    const { url, otlpUrl } = service;
    const nowMs = Date.now();
    const spans = history(nowMs);
    expect(await sendTraces(otlpUrl, traceBody(spans))).toBe(200);
    const range = `start=${(nowMs - 250 * MINUTE_MS) / 1_000}&end=${nowMs / 1_000}&step=600`;
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    await eventually("all of it is counted", 20_000, async () => {
      const answer = await fetch(`${url}/api/v1/slos/payment-availability/counts?${range}`);
      const { good, total } = (await answer.json()) as { good: number[]; total: number[] };
      return sum(total) === spans.length && sum(good) === spans.length - 120 ? true : undefined;
    });
    const { code, stdout, stderr } = await runCommand([
      "backtest",
      join(world.specs, "payment.yaml"),
      "--server",
      url,
      "--since",
      "3h",
      "--target",
      "99.9",
      "5",
      "--format",
      "json",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { runs } = JSON.parse(stdout) as Backtest;
    expect(runs.map(({ target }) => target)).toEqual([0.999, 0.05]);
    const page = runs[0]!.episodes.find(({ alert }) => alert === "critical")!;
    const firedAgo = nowMs - Date.parse(page.firedAt);
    expect(firedAgo).toBeLessThan(60 * MINUTE_MS);
    expect(firedAgo).toBeGreaterThan(55 * MINUTE_MS);
    expect(Date.parse(page.resolvedAt)).toBeGreaterThan(nowMs - 50 * MINUTE_MS);
    expect(runs[1]!.episodes.filter(({ alert }) => alert === "critical")).toEqual([]);
    const text = await runCommand([
      "backtest",
      join(world.specs, "payment.yaml"),
      "--server",
      url,
      "--since",
      "3h",
    ]);
    expect(text.stdout).toContain("page-quick");
  });
});
