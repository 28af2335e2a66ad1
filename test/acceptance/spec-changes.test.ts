import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createWorld } from "./receivers.ts";
import type { World } from "./receivers.ts";
import { eventually, startService } from "./service-process.ts";
import type { ServiceProcess } from "./service-process.ts";
import { availabilitySpec, sendTraces, spansNow, traceBody } from "./spans.ts";

let world: World;
let service: ServiceProcess;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(async () => {
  await service.kill();
  await world.close();
});

const start = () => startService({ dataDir: world.dataDir, specs: world.specs, env: world.env });
/** Longer than the specs need to settle, and a few evaluations. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 3_000));
const told = () => [
  world.pagerduty.events.map(({ event }) => event.event_action),
  world.slack.messages().length,
];

it("keeps a firing episode, and tells nobody anything, while its spec changes, breaks or is away for seconds", async () => {
  const spec = availabilitySpec("payment");
  await world.writeSpec("payment.yaml", spec);
  service = await start();
  await sendTraces(service.otlpUrl, traceBody(spansNow("payment", 500, 100)));
  await eventually("both receivers are told", 15_000, () =>
    world.pagerduty.openIncidents().length === 1 && world.posts().length === 1 ? true : undefined,
  );
  for (const text of [
    availabilitySpec("payment", { target: 0.99 }),
    spec.replace("30d", "7d"),
    // A new indicator: its spans are counted anew.
    spec.replaceAll("kind = server", "kind = server && duration > 1ms"),
    `${spec}broken: [`,
    spec,
  ]) {
    await world.writeSpec("payment.yaml", text);
    await settle();
    expect(told(), text).toEqual([["trigger"], 1]);
  }
  await rm(join(world.specs, "payment.yaml"));
  await settle();
  await world.writeSpec("payment.yaml", `${spec}broken: [`);
  await settle();
  // Nothing is known of the SLO after a restart beside a broken file: that is no reason to end its episodes.
  await service.kill();
  service = await start();
  await settle();
  await world.writeSpec("payment.yaml", spec);
  await settle();
  expect(told()).toEqual([["trigger"], 1]);
  expect(world.pagerduty.openIncidents()).toHaveLength(1);
}, 120_000);
