import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWorld } from "./receivers.ts";
import type { World } from "./receivers.ts";
import { eventually, startService } from "./service-process.ts";
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

const start = async (): Promise<ServiceProcess> => {
  service = await startService({ dataDir: world.dataDir, specs: world.specs, env: world.env });
  return service;
};

const incidentsOf = (slo: string) =>
  world.pagerduty.incidents().filter((incident) => incident.summary.includes(slo));

describe("alerting, end to end", () => {
  it("pages PagerDuty and posts to Slack when a budget burns, for the failing service alone", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    await world.writeSpec("ledger.yaml", availabilitySpec("ledger"));
    const { url, otlpUrl } = await start();
    const body = traceBody([
      ...spansNow("payment", 200, 80),
      ...spansNow("payment", 503, 20),
      ...spansNow("ledger", 200, 100),
    ]);
    expect(await sendTraces(otlpUrl, body)).toBe(200);

    const incident = await eventually("an incident opens", 10_000, () => world.pagerduty.openIncidents()[0]);
    expect(incident.severity).toBe("critical");
    const event = world.pagerduty.events[0]!.event;
    expect(event.payload?.summary).toContain("payment-availability");
    expect(event.dedup_key).toMatch(/^noroshi:[0-9a-f-]{36}$/);
    expect(JSON.stringify(event)).toContain("https://runbooks.example/payment");
    expect(JSON.stringify(event)).toContain("/slos/payment-availability");
    const post = await eventually("a message is posted", 10_000, () => world.posts()[0]);
    expect(JSON.stringify(post)).toContain("payment-availability");

    // Everything that could alert has: nothing more comes, and nothing about the healthy service.
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(world.pagerduty.events).toHaveLength(1);
    expect(world.slack.messages()).toHaveLength(1);
    expect(incidentsOf("ledger")).toEqual([]);

    const slo = await (await fetch(`${url}/api/v1/slos/payment-availability`)).json();
    expect(slo).toMatchObject({ state: "breached", sli: 0.8, budget: { badEvents: 20, totalEvents: 100 } });
    const healthy = await (await fetch(`${url}/api/v1/slos/ledger-availability`)).json();
    expect(healthy).toMatchObject({ state: "met", sli: 1, budget: { remainingRatio: 1 } });
    const page = await (await fetch(`${url}/slos/payment-availability`)).text();
    expect(page).toContain("breached");
  });

  it("logs and shows alerts that have no receiver", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    const { NOROSHI_CONFIG = "" } = world.env;
    service = await startService({ dataDir: world.dataDir, specs: world.specs, env: { NOROSHI_CONFIG } });
    await sendTraces(service.otlpUrl, traceBody(spansNow("payment", 500, 100)));
    const notifications = await eventually("both are delivered to the log", 15_000, async () => {
      const response = await fetch(`${service!.url}/api/v1/notifications?receiver=log&state=delivered`);
      const body = (await response.json()) as { notifications: { action: string }[] };
      return body.notifications.length === 2 ? body.notifications : undefined;
    });
    expect(notifications.every((notification) => notification.action === "trigger")).toBe(true);
    expect(service.log()).toContain("payment-availability");
  });
});
