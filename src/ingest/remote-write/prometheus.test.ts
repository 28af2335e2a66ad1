import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve, type ServerType } from "@hono/node-server";
import { afterEach, describe, expect, it } from "vitest";
import { labelValue, METRIC_NAME } from "../../model/labels.ts";
import type { MetricMetadata, SampleBatch } from "../../model/sample-batch.ts";
import { bitsOf, isStaleAt } from "../../model/stale.ts";
import { timestampMs } from "../../model/time.ts";
import { SILENT_LOG } from "../../self/log.ts";
import { createAdmission } from "../admission.ts";
import { DEFAULT_SERIES_LIMITS } from "../series-limits.ts";
import { createSeriesTable } from "../series-table.ts";
import { createRemoteWriteRoutes, REMOTE_WRITE_PATH } from "./routes.ts";
import { createWriteDecoder } from "./write-decoder.ts";
import { DEFAULT_WRITE_LIMITS } from "./write-limits.ts";

const BINARY = "/usr/bin/prometheus";
const isInstalled = existsSync(BINARY);
if (!isInstalled)
  process.stdout.write(`skipped: remote write of a real Prometheus, ${BINARY} is not installed\n`);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const listening = async (server: Server | ServerType): Promise<number> => {
  if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Something to scrape, which can be taken away. */
async function startTarget(): Promise<{ port: number; fail(): void }> {
  let fails = false;
  const text =
    '# HELP shop_orders_total Orders.\n# TYPE shop_orders_total counter\nshop_orders_total{shop="größe"} 5\n';
  const server = createServer((_request, response) => {
    response.writeHead(fails ? 500 : 200, { "content-type": "text/plain; version=0.0.4" });
    response.end(text);
  }).listen(0, "127.0.0.1");
  cleanUps.push(() => server.close());
  return { port: await listening(server), fail: () => void (fails = true) };
}

/** The receiver, and what it has been sent. */
async function startReceiver(): Promise<{ port: number; batches: SampleBatch[]; statuses: number[] }> {
  const batches: SampleBatch[] = [];
  const statuses: number[] = [];
  const app = createRemoteWriteRoutes({
    decoder: createWriteDecoder(createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG), DEFAULT_WRITE_LIMITS),
    admission: createAdmission({ maxBytesInFlight: 1e8, maxQueuedGroups: 4, queuedGroups: () => 0 }),
    bodyLimits: { compressedBytes: 1e7, bytes: 1e7, timeoutMs: 10_000 },
    submit: ({ samples }) => {
      batches.push(samples!);
      return Promise.resolve({ kind: "committed" });
    },
    now: () => timestampMs(Date.now()),
    log: SILENT_LOG,
    observer: { requestEnded: ({ status }) => statuses.push(status), decoded: () => {} },
  });
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  cleanUps.push(() => server.close());
  return { port: await listening(server), batches, statuses };
}

async function startPrometheus(receiverPort: number, targetPort: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "noroshi-remote-write-"));
  const config = `
global: { scrape_interval: 500ms, scrape_timeout: 400ms }
remote_write:
  - url: http://127.0.0.1:${receiverPort}${REMOTE_WRITE_PATH}
    queue_config: { batch_send_deadline: 100ms, max_shards: 2 }
    metadata_config: { send: true, send_interval: 1s }
scrape_configs:
  - { job_name: shop, static_configs: [{ targets: ["127.0.0.1:${targetPort}"] }] }
`;
  await writeFile(join(folder, "prometheus.yml"), config);
  const flags = [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${await freePort()}`,
  ];
  const child: ChildProcess = spawn(BINARY, flags, { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  cleanUps.push(async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
}

interface Arrived {
  readonly value: number;
  readonly isStale: boolean;
  readonly timeMs: number;
  readonly shop: string;
}

function arrived(batches: readonly SampleBatch[], metric: string): Arrived[] {
  const samples: Arrived[] = [];
  for (const { floats, table } of batches) {
    const bits = bitsOf(floats.values);
    for (let i = 0; i < floats.count; i += 1) {
      const labels = table.labels(floats.series[i]!);
      if (labelValue(labels, METRIC_NAME) !== metric) continue;
      samples.push({
        value: floats.values[i]!,
        isStale: isStaleAt(bits, i),
        timeMs: floats.timesMs[i]!,
        shop: labelValue(labels, "shop"),
      });
    }
  }
  return samples;
}

async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !holds();) {
    if (Date.now() > end) throw new Error(`did not come: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.skipIf(!isInstalled)("a real Prometheus", () => {
  it("writes its samples, staleness markers and metadata to the route", async () => {
    const target = await startTarget();
    const { port, batches, statuses } = await startReceiver();
    await startPrometheus(port, target.port);
    await eventually("3 samples", () => arrived(batches, "shop_orders_total").length >= 3);
    const metadata = (): MetricMetadata[] => batches.flatMap((batch) => batch.metadata);
    await eventually("metadata", () => metadata().some(({ metric }) => metric === "shop_orders_total"));
    target.fail();
    await eventually("a staleness marker", () =>
      arrived(batches, "shop_orders_total").some(({ isStale }) => isStale),
    );
    await eventually("up 0", () => arrived(batches, "up").some(({ value }) => value === 0));

    const orders = arrived(batches, "shop_orders_total");
    expect(
      orders.filter(({ isStale }) => !isStale).every(({ value, shop }) => value === 5 && shop === "größe"),
    ).toBe(true);
    expect(orders.every(({ timeMs }) => Math.abs(timeMs - Date.now()) < 60_000)).toBe(true);
    expect(metadata().find(({ metric }) => metric === "shop_orders_total")).toEqual({
      metric: "shop_orders_total",
      type: "counter",
      unit: "",
      help: "Orders.",
    });
    expect(new Set(statuses)).toEqual(new Set([204]));
  }, 90_000);
});
