import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { remoteWrite } from "./remote-write.ts";
import type { TestSeries } from "./remote-write.ts";
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

/** Counters sampled every 15 s for four hours: ten requests a second, half of which fail for ten minutes, an hour ago. */
function counters(nowMs: number): readonly TestSeries[] {
  const total = { ok: 5_000, failed: 100 };
  const series = { ok: [] as [number, number][], failed: [] as [number, number][] };
  for (let agoMs = 240 * MINUTE_MS; agoMs > 0; agoMs -= 15_000) {
    const fails = agoMs <= 60 * MINUTE_MS && agoMs > 50 * MINUTE_MS;
    total.ok += fails ? 75 : 150;
    total.failed += fails ? 75 : 0;
    series.ok.push([nowMs - agoMs, total.ok]);
    series.failed.push([nowMs - agoMs, total.failed]);
  }
  const labels = (code: string) => ({ __name__: "http_requests_total", job: "shop", code });
  return [
    { labels: labels("200"), samples: series.ok },
    { labels: labels("503"), samples: series.failed },
  ];
}

const metricsSpec = (): string =>
  availabilitySpec("shop", { target: 0.999 })
    .replaceAll("type: traces", "type: prometheus")
    .replace(
      /query: '\{.*?\}'(?=\}\}\}\n\s*total)/,
      `query: 'sum(rate(http_requests_total{job="shop", code!~"5.."}[5m]))'`,
    )
    .replace(/(total:.*)query: '\{.*?\}'/, `$1query: 'sum(rate(http_requests_total{job="shop"}[5m]))'`);

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

  it("finds the same page in its counts of metrics and, asked as a Prometheus, in its samples", async () => {
    await world.writeSpec("shop.yaml", metricsSpec());
    service = await startService({ dataDir: world.dataDir, specs: world.specs, env: world.env });
    const { url } = service;
    const nowMs = Date.now();
    expect(await remoteWrite(`${url}/prometheus/api/v1/write`, counters(nowMs))).toBeLessThan(300);
    const pages = async (...source: readonly string[]): Promise<readonly number[]> => {
      const command = [
        "backtest",
        join(world.specs, "shop.yaml"),
        "--since",
        "3h",
        "--format",
        "json",
        ...source,
      ];
      const { code, stdout } = await runCommand(command);
      if (code !== 0) return [];
      const { runs } = JSON.parse(stdout) as Backtest;
      return runs[0]!.episodes
        .filter(({ alert }) => alert === "critical")
        .map(({ firedAt }) => Date.parse(firedAt));
    };
    const counted = await eventually("its counts are complete", 20_000, async () => {
      const found = await pages("--server", url);
      return found.length === 1 ? found : undefined;
    });
    const asked = await pages("--prometheus", `${url}/prometheus`);
    expect(asked).toHaveLength(1);
    expect(Math.abs(asked[0]! - counted[0]!)).toBeLessThanOrEqual(MINUTE_MS);
    expect(nowMs - counted[0]!).toBeLessThan(60 * MINUTE_MS);
    expect(nowMs - counted[0]!).toBeGreaterThan(56 * MINUTE_MS);
  });
});
