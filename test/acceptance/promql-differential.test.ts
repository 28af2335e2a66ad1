import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installedPrometheus, startPrometheus } from "./prometheus-process.ts";
import type { PrometheusProcess } from "./prometheus-process.ts";
import { generateQueries, random } from "./generate-queries.ts";
import { createWorld } from "./receivers.ts";
import type { World } from "./receivers.ts";
import { remoteWrite } from "./remote-write.ts";
import type { TestSeries } from "./remote-write.ts";
import { startService } from "./service-process.ts";
import type { ServiceProcess } from "./service-process.ts";

const version = installedPrometheus();
if (version === undefined)
  process.stdout.write("skipped: comparison with Prometheus; no prometheus on the path\n");

const HOUR_MS = 3_600_000;
const STEP_MS = 15_000;
/** Off every round time: Prometheus 2 takes the left edge of a window in, Prometheus 3 and Noroshi do not. */
const OFF_MS = 4_321;
const SEED = 20_261_123;
const QUERIES = 600;

const endMs = Math.floor(Date.now() / 60_000) * 60_000 + OFF_MS;
const startMs = endMs - 2 * HOUR_MS;

/** Counters with resets, gauges with gaps, histograms, over two hours. */
function testSeries(): TestSeries[] {
  const next = random(SEED);
  const series: TestSeries[] = [];
  const add = (labels: Record<string, string>, value: (i: number) => number | undefined): void => {
    const samples: [number, number][] = [];
    for (let i = 0; startMs + i * STEP_MS <= endMs; i += 1) {
      const now = value(i);
      if (now !== undefined) samples.push([startMs + i * STEP_MS, now]);
    }
    series.push({ labels, samples });
  };
  for (const job of ["api", "web"]) {
    for (const instance of ["a:1", "b:1", "c:1"]) {
      for (const code of ["200", "404", "500"]) {
        let count = 200_000 + Math.floor(next() * 1_000);
        add({ __name__: "http_requests_total", job, instance, code }, () => {
          // Never near zero, where Prometheus 2 and 3 extrapolate differently.
          const reset = next() < 0.01 && count > 100_000;
          count = reset ? 50_000 + Math.floor(next() * 5) : count + Math.floor(next() * 20);
          return next() < 0.02 ? undefined : count;
        });
      }
      let level = next() * 50;
      const gapAt = Math.floor(next() * 400);
      add({ __name__: "temperature_celsius", job, instance }, (i) => {
        level += next() - 0.5;
        return i > gapAt && i < gapAt + 40 ? undefined : Math.round(level * 100) / 100;
      });
      add({ __name__: "build_info", job, instance, version: next() < 0.5 ? "1.0" : "2.0" }, () => 1);
      const buckets = [0.1, 0.5, 1, 5, Infinity];
      const counts = buckets.map(() => 10_000);
      let sum = 7_000;
      const rows = Array.from({ length: 500 }, () => {
        for (let n = Math.floor(next() * 10); n > 0; n -= 1) {
          const seconds = -Math.log(1 - next()) * 0.7;
          sum += seconds;
          for (const [b, bound] of buckets.entries()) if (seconds <= bound) counts[b]! += 1;
        }
        return { counts: [...counts], sum };
      });
      for (const [b, bound] of buckets.entries()) {
        const le = bound === Infinity ? "+Inf" : String(bound);
        add({ __name__: "latency_seconds_bucket", job, instance, le }, (i) => rows[i]?.counts[b]);
      }
      add({ __name__: "latency_seconds_count", job, instance }, (i) => rows[i]?.counts[4]);
      add({ __name__: "latency_seconds_sum", job, instance }, (i) => rows[i]?.sum);
    }
  }
  return series;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly values: [number, string][];
    }[];
  };
}

async function ask(base: string, query: string): Promise<Answer> {
  const form = new URLSearchParams({
    query,
    start: String((startMs + HOUR_MS + 2_345) / 1_000),
    end: String((endMs - 3_456) / 1_000),
    step: "173",
  });
  const response = await fetch(`${base}/api/v1/query_range`, { method: "POST", body: form });
  return (await response.json()) as Answer;
}

/** What differs; undefined when nothing does. */
function difference(there: Answer, here: Answer): string | undefined {
  if (there.status !== here.status)
    return `${there.status} ${there.error ?? ""} | ${here.status} ${here.error ?? ""}`;
  if (there.data === undefined || here.data === undefined) return undefined;
  const bySeries = ({ result }: NonNullable<Answer["data"]>) =>
    new Map(result.map(({ metric, values }) => [labelsText(metric), values]));
  const [expected, found] = [bySeries(there.data), bySeries(here.data)];
  for (const key of found.keys()) if (!expected.has(key)) return `${key} is too much`;
  for (const [key, values] of expected) {
    const others = found.get(key);
    if (others === undefined) return `${key} is missing`;
    if (others.length !== values.length) return `${key}: ${values.length} points | ${others.length} points`;
    for (const [i, [seconds, value]] of values.entries()) {
      const [otherSeconds, other] = others[i]!;
      if (seconds !== otherSeconds) return `${key}: at ${seconds} | ${otherSeconds}`;
      if (!isNear(Number(value.replace("Inf", "Infinity")), Number(other.replace("Inf", "Infinity"))))
        return `${key} at ${seconds}: ${value} | ${other}`;
    }
  }
  return undefined;
}

const labelsText = (metric: Record<string, string>): string =>
  JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));

function isNear(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.isNaN(a) && Number.isNaN(b);
  return Math.abs(a - b) <= 1e-5 * Math.max(Math.abs(a), Math.abs(b)) + 1e-9;
}

let world: World;
let service: ServiceProcess | undefined;
let prometheus: PrometheusProcess | undefined;

describe.skipIf(version === undefined)(`PromQL beside a real Prometheus ${version ?? ""}`, () => {
  beforeAll(async () => {
    world = await createWorld();
    service = await startService({ dataDir: world.dataDir, specs: world.specs, env: world.env });
    prometheus = await startPrometheus("global: {scrape_interval: 1m}\n", {
      args: ["--web.enable-remote-write-receiver"],
    });
    const series = testSeries();
    for (const base of [prometheus.url, `${service.url}/prometheus`]) {
      const status = await remoteWrite(`${base}/api/v1/write`, series);
      if (status !== 204) throw new Error(`${base} answered ${status} to remote write`);
    }
  }, 120_000);

  afterAll(async () => {
    await prometheus?.stop();
    await service?.kill();
    await world?.close();
  });

  it(`gives the same answers to ${QUERIES} generated queries`, async () => {
    const queries = generateQueries(SEED, QUERIES);
    const differing: string[] = [];
    let answered = 0;
    for (let i = 0; i < queries.length; i += 4) {
      await Promise.all(
        queries.slice(i, i + 4).map(async (query) => {
          const [there, here] = await Promise.all([
            ask(prometheus!.url, query),
            ask(`${service!.url}/prometheus`, query),
          ]);
          if ((there.data?.result.length ?? 0) > 0) answered += 1;
          const found = difference(there, here);
          if (found !== undefined) differing.push(`${query}\n    ${found}`);
        }),
      );
    }
    expect(differing).toEqual([]);
    // Queries that find nothing compare nothing.
    expect(answered).toBeGreaterThan(QUERIES * 0.7);
  }, 300_000);
});
