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

/** A policy that can recover within a test: its window is one minute. */
const policies = `  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: quick-page}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {name: quick-page-condition}
            spec: {severity: critical, condition: {kind: burnrate, op: gt, threshold: 10, lookbackWindow: 1m, alertAfter: 0m}}
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata: {name: on-call}
            spec: {target: pagerduty}
    - kind: AlertPolicy
      metadata: {name: quick-ticket}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {name: quick-ticket-condition}
            spec: {severity: warning, condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1m, alertAfter: 0m}}
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata: {name: channel}
            spec: {target: slack}
`;

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

  it("tells both receivers when it is over: the incident resolves, the message changes in place and gets a reply", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment", { alerting: policies }));
    const { otlpUrl, url } = await start();
    // The failures ended 50 s ago, so the window of a minute leaves them behind within seconds.
    const endMs = Date.now() - 45_000;
    await sendTraces(
      otlpUrl,
      traceBody(Array.from({ length: 50 }, () => ({ service: "payment", status: 500, endMs }))),
    );
    await eventually("an incident opens", 10_000, () => world.pagerduty.openIncidents()[0]);
    await eventually("a message is posted", 10_000, () => world.posts()[0]);

    const good = setInterval(
      () => void sendTraces(otlpUrl, traceBody(spansNow("payment", 200, 50))).catch(() => {}),
      1_000,
    );
    try {
      await eventually("the incident resolves", 90_000, () =>
        world.pagerduty.incidents().every((incident) => incident.state === "resolved") ? true : undefined,
      );
      const reply = await eventually("the thread says so", 20_000, () =>
        world.slack.messages().find((message) => message.threadTs !== null),
      );
      expect(reply.threadTs).toBe(world.posts()[0]!.ts);
    } finally {
      clearInterval(good);
    }
    expect(world.posts()).toHaveLength(1);
    expect(world.posts()[0]!.edits).toBeGreaterThanOrEqual(1);
    expect(world.pagerduty.events.map((received) => received.event.event_action)).toEqual([
      "trigger",
      "resolve",
    ]);

    const { episodes } = (await (await fetch(`${url}/api/v1/episodes?state=resolved`)).json()) as {
      episodes: { id: string; resolution: string; alertKey: string }[];
    };
    expect(Object.fromEntries(episodes.map((episode) => [episode.alertKey, episode.resolution]))).toEqual({
      "policy/quick-page": "recovered",
      "policy/quick-ticket": "recovered",
    });
    const detail = (await (await fetch(`${url}/api/v1/episodes/${episodes[0]!.id}`)).json()) as {
      notifications: { action: string; state: string; attempts: { outcome: string }[] }[];
    };
    expect(Object.fromEntries(detail.notifications.map((n) => [n.action, n.state]))).toEqual({
      resolve: "delivered",
      trigger: "delivered",
    });
    expect(JSON.stringify(detail)).not.toContain(world.env["PAGERDUTY_ROUTING_KEY"]);
  }, 150_000);

  it("delivers once after SIGKILL between the state change and the sending", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    await world.pagerduty.goDown();
    await world.slack.goDown();
    const { otlpUrl, url } = await start();
    await sendTraces(otlpUrl, traceBody(spansNow("payment", 500, 100)));
    await eventually("both notifications wait in the outbox", 10_000, async () => {
      const { notifications } = (await (await fetch(`${url}/api/v1/notifications?state=pending`)).json()) as {
        notifications: unknown[];
      };
      return notifications.length === 2 ? true : undefined;
    });
    await service!.kill();
    await world.pagerduty.comeBack();
    await world.slack.comeBack();

    await start();
    await eventually("the incident opens", 40_000, () => world.pagerduty.openIncidents()[0]);
    await eventually("the message is posted", 40_000, () => world.posts()[0]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(world.pagerduty.incidents()).toHaveLength(1);
    expect(world.pagerduty.events).toHaveLength(1);
    expect(world.slack.messages()).toHaveLength(1);
  }, 120_000);

  it("makes one incident and one message when killed after the receivers accepted and before it could note that", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    world.pagerduty.setFault({ kind: "hang", processed: true });
    world.slack.setFault({ kind: "hang", processed: true });
    const { otlpUrl } = await start();
    await sendTraces(otlpUrl, traceBody(spansNow("payment", 500, 100)));
    await eventually("both receivers have it", 10_000, () =>
      world.pagerduty.events.length === 1 && world.slack.messages().length === 1 ? true : undefined,
    );
    await service!.kill();
    world.pagerduty.setFault(undefined);
    world.slack.setFault(undefined);

    const { url } = await start();
    await eventually("both are marked as delivered", 60_000, async () => {
      const { notifications } = (await (
        await fetch(`${url}/api/v1/notifications?state=delivered`)
      ).json()) as {
        notifications: unknown[];
      };
      return notifications.length === 2 ? true : undefined;
    });
    expect(world.pagerduty.incidents()).toHaveLength(1);
    expect(world.slack.messages()).toHaveLength(1);
  }, 120_000);

  it("delivers when a receiver that was down comes back, and holds up nobody else meanwhile", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    world.pagerduty.setFault({ kind: "status", status: 500 });
    const { otlpUrl, url } = await start();
    await sendTraces(otlpUrl, traceBody(spansNow("payment", 500, 100)));
    await eventually("Slack is told", 10_000, () => world.posts()[0]);
    await eventually("PagerDuty was tried twice", 30_000, () =>
      world.pagerduty.requests.length >= 2 ? true : undefined,
    );
    expect(world.pagerduty.events).toEqual([]);
    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(200);
    world.pagerduty.setFault(undefined);
    await eventually("the incident opens", 40_000, () => world.pagerduty.openIncidents()[0]);
    expect(world.pagerduty.incidents()).toHaveLength(1);
  }, 120_000);

  it("logs and shows alerts that have no receiver", async () => {
    await world.writeSpec("payment.yaml", availabilitySpec("payment"));
    service = await startService({ dataDir: world.dataDir, specs: world.specs });
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
