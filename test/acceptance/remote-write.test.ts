import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort, installedPrometheus, startPrometheus } from "./prometheus-process.ts";
import type { PrometheusProcess } from "./prometheus-process.ts";
import { createWorld } from "./receivers.ts";
import type { World } from "./receivers.ts";
import { eventually, startService } from "./service-process.ts";
import type { ServiceProcess } from "./service-process.ts";

const version = installedPrometheus();
if (version === undefined)
  process.stdout.write("skipped: remote write of a real Prometheus; no prometheus on the path\n");

const SPEC = `apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-availability}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: shop-non-5xx}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: prometheus, spec: {query: 'sum(rate(shop_requests_total{code=~"5.."}[5m]))'}}}
        total: {metricSource: {type: prometheus, spec: {query: 'sum(rate(shop_requests_total[5m]))'}}}
  objectives: [{displayName: Available, target: 0.5}]
`;

/** A service with counters that rise by known steps at every scrape, and start again at zero when told. */
interface Target {
  readonly host: string;
  restart(): void;
  close(): Promise<void>;
}

const CODES = ["200", "201", "404", "500", "503"];
const ROUTES = Array.from({ length: 40 }, (_, i) => `/route-${i}`);

async function startTarget(): Promise<Target> {
  let scrapes = 0;
  const server: Server = createServer((_, response) => {
    scrapes += 1;
    const lines = ["# TYPE shop_requests_total counter"];
    for (const [i, route] of ROUTES.entries()) {
      for (const [j, code] of CODES.entries()) {
        lines.push(`shop_requests_total{route="${route}",code="${code}"} ${scrapes * (i + 1) * (5 - j)}`);
      }
    }
    lines.push("# TYPE shop_temperature gauge", `shop_temperature ${Math.sin(scrapes)}`, "");
    response.setHeader("content-type", "text/plain; version=0.0.4").end(lines.join("\n"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    restart: () => (scrapes = 0),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

let world: World;
let target: Target;
let service: ServiceProcess | undefined;
let prometheus: PrometheusProcess | undefined;

beforeEach(async () => {
  world = await createWorld();
  await world.writeSpec("shop.yaml", SPEC);
  target = await startTarget();
});

afterEach(async () => {
  await prometheus?.stop();
  await service?.kill();
  await target.close();
  await world.close();
  prometheus = undefined;
  service = undefined;
});

type Samples = Map<string, readonly (readonly [timeMs: number, value: string])[]>;

/** Every raw sample of a metric, by series. */
async function rawSamples(base: string, query: string, atSeconds: number): Promise<Samples> {
  const url = `${base}/api/v1/query?query=${encodeURIComponent(query)}&time=${atSeconds}`;
  const body = (await (await fetch(url)).json()) as {
    data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  return new Map(
    body.data.result.map(({ metric, values }) => [
      JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1))),
      values.map(([seconds, value]) => [Math.round(seconds * 1_000), value] as const),
    ]),
  );
}

const config = (noroshi: string) => `
global: {scrape_interval: 1s, external_labels: {cluster: test}}
scrape_configs: [{job_name: shop, static_configs: [{targets: ["${target.host}"]}]}]
remote_write:
  - url: ${noroshi}/prometheus/api/v1/write
    queue_config: {min_backoff: 50ms, max_backoff: 500ms, batch_send_deadline: 200ms, max_samples_per_send: 500}
`;

describe.skipIf(version === undefined)(`remote write of a real Prometheus ${version ?? ""}`, () => {
  it(
    "loses and doubles no sample, and no event of an SLO, when Noroshi is killed in between and the counters start anew",
    { timeout: 120_000 },
    async () => {
      const listen = `127.0.0.1:${await freePort()}`;
      const start = () =>
        startService({
          dataDir: world.dataDir,
          specs: world.specs,
          env: { ...world.env, NOROSHI_LISTEN: listen },
        });
      service = await start();
      prometheus = await startPrometheus(config(service.url));
      const samplesHere = async (query: string) =>
        (await rawSamples(`${service!.url}/prometheus`, query, Date.now() / 1_000)).size;
      await eventually(
        "samples arrive",
        20_000,
        async () => (await samplesHere("shop_requests_total[1m]")) === 200 || undefined,
      );
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      await service.kill();
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      service = await start();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      target.restart();
      await new Promise((resolve) => setTimeout(resolve, 5_000));

      const untilMs = Date.now() - 2_000;
      const there = await rawSamples(prometheus.url, "shop_requests_total[10m]", untilMs / 1_000);
      expect(there.size).toBe(200);
      const here = await eventually("everything up to then has arrived", 30_000, async () => {
        const found = await rawSamples(
          `${service!.url}/prometheus`,
          "shop_requests_total[10m]",
          untilMs / 1_000,
        );
        const missing = [...there].some(
          ([key, samples]) => (found.get(withCluster(key))?.length ?? 0) < samples.length,
        );
        return missing ? undefined : found;
      });
      for (const [key, samples] of there) expect(here.get(withCluster(key))).toEqual(samples);

      await prometheus.stop();
      const all = await rawSamples(
        `${service.url}/prometheus`,
        "shop_requests_total[10m]",
        Date.now() / 1_000,
      );
      prometheus = undefined;
      const expected = increases(all);
      await eventually(`the SLO counts ${JSON.stringify(expected)}`, 20_000, async () => {
        const slo = (await (await fetch(`${service!.url}/api/v1/slos/shop-availability`)).json()) as {
          budget: { totalEvents: number; badEvents: number };
        };
        const { totalEvents, badEvents } = slo.budget;
        return totalEvents === expected.total && badEvents === expected.bad ? true : undefined;
      });
    },
  );
});

/** Prometheus adds its external labels to what it sends, not to what it answers. */
function withCluster(key: string): string {
  const labels = JSON.parse(key) as [string, string][];
  return JSON.stringify([...labels, ["cluster", "test"]].sort(([a], [b]) => (a! < b! ? -1 : 1)));
}

/** What the counters rose by, from sample to sample. */
function increases(samples: Samples): { readonly total: number; readonly bad: number } {
  let total = 0;
  let bad = 0;
  for (const [key, values] of samples) {
    const isBad = key.includes('["code","5');
    for (let i = 1; i < values.length; i += 1) {
      const [before, after] = [Number(values[i - 1]![1]), Number(values[i]![1])];
      const more = after < before ? after : after - before;
      total += more;
      if (isBad) bad += more;
    }
  }
  return { total, bad };
}
