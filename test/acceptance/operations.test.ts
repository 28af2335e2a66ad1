import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWorld } from "./receivers.ts";
import type { World } from "./receivers.ts";
import { eventually, runCommand, startService } from "./service-process.ts";
import type { ServiceProcess } from "./service-process.ts";
import { availabilitySpec, sendTraces, spansNow, traceBody } from "./spans.ts";

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

const start = async (env: Record<string, string> = {}): Promise<ServiceProcess> => {
  service = await startService({ dataDir: world.dataDir, specs: world.specs, env: { ...world.env, ...env } });
  return service;
};

const slosOf = async (url: string): Promise<string[]> => {
  const { slos } = (await (await fetch(`${url}/api/v1/slos`)).json()) as { slos: { name: string }[] };
  return slos.map((slo) => slo.name).sort();
};

describe("operating it", () => {
  it("runs the good specs beside bad ones, says what is wrong where, and loads the mended file without a restart", async () => {
    await world.writeSpec("good.yaml", availabilitySpec("payment"));
    await world.writeSpec("bad.yaml", availabilitySpec("ledger").replace("target: 0.999", "target: 99.9"));
    const { url } = await start();
    expect(await slosOf(url)).toEqual(["payment-availability"]);
    const specs = (await (await fetch(`${url}/api/v1/specs`)).json()) as {
      diagnostics: { severity: string; file: string; line: number; path: string; hint: string }[];
    };
    const error = specs.diagnostics.find((diagnostic) => diagnostic.severity === "error");
    expect(error).toMatchObject({ path: "spec.objectives[0].target", line: 18 });
    expect(error?.file.endsWith("bad.yaml")).toBe(true);
    expect(error?.hint).not.toBe("");
    await world.writeSpec("bad.yaml", availabilitySpec("ledger"));
    await eventually("the mended SLO is loaded", 15_000, async () =>
      (await slosOf(url)).length === 2 ? true : undefined,
    );
    await rm(join(world.specs, "good.yaml"));
    await eventually("the deleted one is gone", 15_000, async () =>
      (await slosOf(url)).join() === "ledger-availability" ? true : undefined,
    );
  });

  it("continues where it was after a restart: the same counts, the same episode, nothing told twice", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    const first = await start();
    await sendTraces(
      first.otlpUrl,
      traceBody([...spansNow("payment", 200, 60), ...spansNow("payment", 500, 40)]),
    );
    await eventually("both receivers are told", 15_000, () =>
      world.pagerduty.openIncidents().length === 1 && world.posts().length === 1 ? true : undefined,
    );
    expect(await first.stop()).toBe(0);
    const { url } = await start();
    await eventually("the counts are back", 10_000, async () => {
      const slo = (await (await fetch(`${url}/api/v1/slos/payment-availability`)).json()) as {
        budget: { totalEvents: number; badEvents: number };
      };
      return slo.budget.totalEvents === 100 && slo.budget.badEvents === 40 ? true : undefined;
    });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(world.pagerduty.events).toHaveLength(1);
    expect(world.slack.messages()).toHaveLength(1);
  });

  it("stops gracefully: readiness goes first, requests in flight are answered, the exit code is 0", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    const running = await start();
    const statuses: number[] = [];
    let sending = true;
    const sender = (async () => {
      while (sending) {
        const status = await sendTraces(running.otlpUrl, traceBody(spansNow("payment", 200, 20))).catch(
          () => undefined,
        );
        if (status === undefined) return;
        statuses.push(status);
      }
    })();
    await eventually("some are acknowledged", 10_000, () => (statuses.length > 3 ? true : undefined));
    // A signal that is passed on twice, as by npm, is one request.
    const stopped = Promise.all([running.stop(), running.stop("SIGINT"), running.stop()]);
    const readiness = await eventually("readiness goes", 1_000, async () => {
      const answer = await fetch(`${running.url}/readyz`);
      return answer.status === 503 ? answer : undefined;
    });
    expect(await readiness.json()).toMatchObject({ ready: false });
    expect(await stopped).toEqual([0, 0, 0]);
    sending = false;
    await sender;
    const acknowledged = statuses.filter((status) => status === 200).length;
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
    const { url } = await start();
    await eventually("all that was acknowledged is there", 10_000, async () => {
      const slo = (await (await fetch(`${url}/api/v1/slos/payment-availability`)).json()) as {
        budget: { totalEvents: number };
      };
      return slo.budget.totalEvents === acknowledged * 20 ? true : undefined;
    });
  });

  it("refuses to listen off loopback without keys, and says how to fix it", async () => {
    const result = await runCommand(["serve"], {
      NOROSHI_LISTEN: "0.0.0.0:0",
      NOROSHI_DATA_DIR: world.dataDir,
    });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("NOROSHI_API_KEYS");
    expect(result.stderr).toContain("0.0.0.0");
  });

  it("with keys, lets each in to what its scopes allow, and answers OTLP clients in their own protocol", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    const { url, otlpUrl } = await start({
      NOROSHI_API_KEYS: "sender:ingest:key-of-the-sender-1,viewer:read:key-of-the-viewer-1",
    });
    const body = traceBody(spansNow("payment", 200, 1));
    expect(await sendTraces(otlpUrl, body)).toBe(401);
    expect(await sendTraces(otlpUrl, body, { authorization: "Bearer key-of-the-viewer-1" })).toBe(403);
    expect(await sendTraces(otlpUrl, body, { authorization: "Bearer key-of-the-sender-1" })).toBe(200);
    const refused = await fetch(`${url}/api/v1/slos`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(
      (await fetch(`${url}/api/v1/slos`, { headers: { authorization: "Bearer key-of-the-viewer-1" } }))
        .status,
    ).toBe(200);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
  });

  it("describes its API, and says of itself what an operator needs", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    const { url, otlpUrl } = await start();
    await sendTraces(otlpUrl, traceBody(spansNow("payment", 500, 10)));
    const openapi = (await (await fetch(`${url}/api/openapi.json`)).json()) as {
      openapi: string;
      paths: object;
    };
    expect(openapi.openapi).toBe("3.1.0");
    expect(Object.keys(openapi.paths)).toEqual(
      expect.arrayContaining([
        "/api/v1/slos",
        "/api/v1/slos/{name}",
        "/api/v1/episodes",
        "/api/v1/notifications",
        "/api/v1/specs",
      ]),
    );
    const metrics = await (await fetch(`${url}/metrics`)).text();
    for (const name of [
      'noroshi_ingest_spans_total{outcome="accepted"} 10',
      "noroshi_evaluation_lag_seconds",
      "noroshi_outbox_depth",
      "noroshi_outbox_oldest_seconds",
      "noroshi_store_query_seconds_bucket",
    ]) {
      expect(metrics).toContain(name);
    }
    const missing = await fetch(`${url}/api/v1/slos/nothing`);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ status: 404, title: "Not found" });
    const invalid = await fetch(`${url}/api/v1/episodes?limit=0`);
    expect(invalid.status).toBe(400);
    expect(((await invalid.json()) as { detail: string }).detail).toContain("limit");
  });

  it("refuses a second process on the same data directory instead of spoiling it", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    await start();
    const second = await runCommand(["serve"], {
      NOROSHI_LISTEN: "127.0.0.1:0",
      NOROSHI_OTLP_HTTP_LISTEN: "off",
      NOROSHI_OTLP_GRPC_LISTEN: "off",
      NOROSHI_DATA_DIR: world.dataDir,
      NOROSHI_SPECS: world.specs,
    });
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(world.dataDir);
  });

  it("validates spec files as CI needs it: 0 valid, 1 invalid with file and line, 2 could not run", async () => {
    await world.writeSpec("good.yaml", availabilitySpec("payment"));
    expect((await runCommand(["validate", world.specs])).code).toBe(0);
    await world.writeSpec("bad.yaml", availabilitySpec("ledger").replace("kind = server", "kind = servant"));
    const invalid = await runCommand(["validate", world.specs]);
    expect(invalid.code).toBe(1);
    expect(invalid.stdout + invalid.stderr).toMatch(/bad\.yaml:\d+:\d+/);
    const github = await runCommand(["validate", "--format", "github", world.specs]);
    expect(github.stdout).toMatch(/::error file=.*bad\.yaml,line=\d+/);
    expect((await runCommand(["validate", join(world.specs, "nowhere")])).code).toBe(2);
    expect((await runCommand(["validate"])).code).toBe(2);
  });
});
