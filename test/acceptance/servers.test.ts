import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startClickHouseGateway } from "../contract/clickhouse-gateway.ts";
import { startPostgresServer } from "../contract/postgres-server.ts";
import { createWorld } from "./receivers.ts";
import type { World } from "./receivers.ts";
import { eventually, startService } from "./service-process.ts";
import type { ServiceProcess } from "./service-process.ts";
import { availabilitySpec, sendTraces, spansNow, traceBody } from "./spans.ts";

const postgres = await startPostgresServer();
if (postgres.kind === "missing") console.warn(`skipped: no PostgreSQL server here: ${postgres.reason}`);

describe.skipIf(postgres.kind === "missing")("on a ClickHouse and a PostgreSQL server", () => {
  let folder: string;
  let gateway: Awaited<ReturnType<typeof startClickHouseGateway>>;
  let world: World;
  const services: ServiceProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "noroshi-servers-"));
    gateway = await startClickHouseGateway(folder);
  });
  afterAll(async () => {
    await gateway.close();
    if (postgres.kind === "started") await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.kill();
    await world.close();
  });

  const start = async (env: Record<string, string> = {}): Promise<ServiceProcess> => {
    const service = await startService({
      dataDir: world.dataDir,
      specs: world.specs,
      env: { ...world.env, CLICKHOUSE_URL: gateway.url, ...env },
    });
    services.push(service);
    return service;
  };
  const newDatabase = async (name: string): Promise<string> => {
    if (postgres.kind === "missing") throw new Error("no server");
    return postgres.createDatabase(name);
  };
  const totalOf = async (url: string): Promise<number> => {
    const slo = (await (await fetch(`${url}/api/v1/slos/shared-availability`)).json()) as {
      budget: { totalEvents: number };
    };
    return slo.budget.totalEvents;
  };

  it("pages, posts, and has every acknowledged span once after SIGKILL, as with the embedded stores", async () => {
    await world.writeSpec("shared.yaml", availabilitySpec("shared"));
    const env = { DATABASE_URL: await newDatabase("whole") };
    const first = await start(env);
    expect(await sendTraces(first.otlpUrl, traceBody(spansNow("shared", 200, 60)))).toBe(200);
    const body = traceBody(spansNow("shared", 503, 40));
    expect(await sendTraces(first.otlpUrl, body)).toBe(200);
    await eventually("both receivers are told", 15_000, () =>
      world.pagerduty.openIncidents().length === 1 && world.posts().length === 1 ? true : undefined,
    );
    await first.kill();
    const second = await start(env);
    expect(await sendTraces(second.otlpUrl, body)).toBe(200);
    await eventually("the counts are back", 15_000, async () =>
      (await totalOf(second.url)) === 100 ? true : undefined,
    );
    expect(world.pagerduty.events).toHaveLength(1);
    expect(world.slack.messages()).toHaveLength(1);
  }, 120_000);

  it("works with ingest in one process and everything else in another", async () => {
    await world.writeSpec("split.yaml", availabilitySpec("split"));
    const env = { DATABASE_URL: await newDatabase("split") };
    const ingest = await start({ ...env, NOROSHI_ROLE: "ingest" });
    const rest = await start({ ...env, NOROSHI_ROLE: "evaluate,notify,api" });
    expect((await fetch(`${ingest.url}/api/v1/slos`)).status).toBe(404);
    expect((await fetch(`${rest.url}/v1/traces`, { method: "POST" })).status).toBe(404);
    expect(await sendTraces(ingest.otlpUrl, traceBody(spansNow("split", 500, 100)))).toBe(200);
    await eventually(
      "PagerDuty is told by the other process",
      20_000,
      () => world.pagerduty.openIncidents()[0],
    );
  }, 120_000);

  it("sends its own traces where OTEL_EXPORTER_OTLP_ENDPOINT points", async () => {
    const bodies: Buffer[] = [];
    const collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (request.url === "/v1/traces") bodies.push(Buffer.concat(chunks));
        response.end();
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    try {
      await world.writeSpec("own.yaml", availabilitySpec("own"));
      const { port } = collector.address() as AddressInfo;
      const service = await start({
        DATABASE_URL: await newDatabase("own"),
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      });
      await eventually("it is evaluated", 15_000, async () =>
        (await fetch(`${service.url}/api/v1/slos/own-availability`)).ok ? true : undefined,
      );
      expect(await service.stop()).toBe(0);
      const sent = Buffer.concat(bodies).toString("latin1");
      expect(sent).toContain("noroshi");
      expect(sent).toContain("evaluate");
    } finally {
      collector.close();
    }
  }, 120_000);
});
