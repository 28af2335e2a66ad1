import { createServer, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { trafficCounts, type TrafficStep } from "../replay/traffic.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { runBacktest, type BacktestOptions } from "./backtest.ts";
import { runSloTests } from "./slo-test.ts";

const part = (name: string): string =>
  `indicator: {metadata: {name: ${name}}, spec: {ratioMetric: {` +
  `good: {metricSource: {type: traces, spec: {query: '{ name = "${name}" && status = ok }'}}}, ` +
  `total: {metricSource: {type: traces, spec: {query: '{ name = "${name}" }'}}}}}}`;
const SPEC = `apiVersion: openslo/v1
kind: SLO
metadata: {name: journey}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 7d, isRolling: true}]
  objectives:
    - {displayName: cart, target: 0.999, ${part("cart")}}
    - {displayName: search, target: 0.999, ${part("search")}}
`;
const NOW_MS = Date.UTC(2026, 0, 31);

let root: string;
let server: Server | undefined;
let out: string;
let err: string;
const io = {
  stdout: { write: (text: string) => (out += text) },
  stderr: { write: (text: string) => (err += text) },
  isTerminal: false,
};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-composite-"));
  out = "";
  err = "";
  await writeFile(join(root, "journey.yaml"), SPEC);
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(root, { recursive: true });
});

const even = (durationMs: number, errors: number): TrafficStep => ({
  durationMs,
  total: { from: 5, to: 5 },
  errors: { from: errors, to: errors },
});

/** A service that counts both parts: search fails for half an hour, four days ago. */
async function noroshi(): Promise<string> {
  const { indicator } = loadSpecs([{ path: "a.yaml", text: SPEC }]).slos[0]!;
  const parts = indicator.source === "composite" ? indicator.parts : [];
  const startMs = NOW_MS - 9 * DAY_MS;
  const quiet = [even(9 * DAY_MS, 0)];
  const outage = [even(5 * DAY_MS, 0), even(30 * MINUTE_MS, 0.8), even(4 * DAY_MS - 30 * MINUTE_MS, 0)];
  const histories = new Map(
    [quiet, outage].map((steps, i) => [parts[i]!.name, trafficCounts(startMs, steps)]),
  );
  server = createServer((request, response) => {
    const url = new URL(request.url!, "http://x");
    if (url.pathname === "/api/v1/slos") {
      const names = parts.map(({ name, indicator }) => ({ name, indicator: { id: indicator.id } }));
      response.end(JSON.stringify({ slos: [{ name: "on-server", indicator: { id: "x" }, parts: names }] }));
      return;
    }
    const timeline = histories.get(url.searchParams.get("part") ?? "")!;
    const fromMs = Number(url.searchParams.get("start")) * 1_000;
    const buckets = (Number(url.searchParams.get("end")) * 1_000 - fromMs) / BUCKET_MS;
    const counts = Array.from({ length: buckets }, (_, i) =>
      timeline.sum(fromMs + i * BUCKET_MS, fromMs + (i + 1) * BUCKET_MS),
    );
    const coveredFrom = new Date(startMs).toISOString();
    const [good, total] = [counts.map((each) => each.good), counts.map((each) => each.total)];
    response.end(JSON.stringify({ coveredFrom, good, total }));
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("noroshi backtest of a composite", () => {
  const run = async (changes: Partial<BacktestOptions>) => {
    const options: BacktestOptions = {
      format: "json",
      since: durationMs(8 * DAY_MS),
      step: durationMs(MINUTE_MS),
      server: await noroshi(),
      ...changes,
    };
    return runBacktest([join(root, "journey.yaml")], options, io, NOW_MS);
  };

  it("replays the counts of its parts, wherever the server has them", async () => {
    expect(await run({})).toBe(0);
    expect(err).toBe("");
    const [shown] = (JSON.parse(out) as { runs: { episodes: { alert: string; firedAt: string }[] }[] }).runs;
    expect(shown!.episodes[0]).toMatchObject({ alert: "critical" });
    const outageMs = NOW_MS - 4 * DAY_MS;
    expect(Date.parse(shown!.episodes[0]!.firedAt) - outageMs).toBeLessThan(3 * MINUTE_MS);
  });

  it("says that its target is that of its parts", async () => {
    expect(await run({ target: [0.99] })).toBe(2);
    expect(err).toContain("its target follows from those of its parts");
  });
});

describe("noroshi test of a composite", () => {
  const test = async (traffic: string, expectation: string) => {
    const text = `cases:\n  - {name: x, slo: journey, traffic: ${traffic}, expect: ["${expectation}"]}\n`;
    await writeFile(join(root, "journey.test.yaml"), text);
    return runSloTests([root], { format: "text", clock: () => 0 }, io);
  };
  const outage = "[{before: 7d, rate: 10}, {for: 20m, parts: {search: {errors: 50%}}}, {for: 6h}]";

  it("plays every part, with what a step says of one", async () => {
    expect(await test(outage, "critical fires once")).toBe(0);
    expect(await test("[{before: 7d, rate: 10}, {for: 6h}]", "nothing fires")).toBe(0);
    const silent = "[{before: 7d, rate: 10}, {for: 6h, parts: {search: {gap: true}}}]";
    expect(await test(silent, "nothing fires")).toBe(0);
  });

  it("knows the parts", async () => {
    expect(await test("[{for: 1h, rate: 10, parts: {serch: {errors: 1%}}}]", "nothing fires")).toBe(1);
    expect(out).toContain('the SLO has no part "serch"');
    expect(out).toContain('did you mean "search"?');
  });
});
