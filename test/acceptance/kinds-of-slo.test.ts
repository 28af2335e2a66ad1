import { afterEach, beforeEach, expect, it } from "vitest";
import { createWorld } from "./receivers.ts";
import type { World } from "./receivers.ts";
import { eventually, startService } from "./service-process.ts";
import type { ServiceProcess } from "./service-process.ts";
import { availabilitySpec, sendTraces, traceBody } from "./spans.ts";
import type { TestSpan } from "./spans.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let world: World;
let service: ServiceProcess;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(async () => {
  await service.kill();
  await world.close();
});

interface SloBody {
  readonly name: string;
  readonly state: string;
  readonly sli: number | null;
  readonly window: { readonly start: string; readonly end: string; readonly description: string };
  readonly budget: {
    readonly goodEvents: number;
    readonly totalEvents: number;
    readonly remainingRatio: number;
  };
}

async function sloNamed(name: string): Promise<SloBody> {
  const response = await fetch(`${service.url}/api/v1/slos/${name}`);
  return (await response.json()) as SloBody;
}

const spansAt = (endMs: number, good: number, bad: number): readonly TestSpan[] =>
  Array.from({ length: good + bad }, (_, i) => ({ service: "shop", status: i < good ? 200 : 500, endMs }));

it("counts calendar periods and slices of time, corrects them late, and misses data", async () => {
  const shop = availabilitySpec("shop");
  await world.writeSpec(
    "calendar.yaml",
    shop
      .replace("name: shop-availability", "name: shop-daily")
      .replace(
        "{duration: 30d, isRolling: true}",
        "{duration: 1d, calendar: {startTime: 2024-01-01 00:00:00, timeZone: Asia/Kathmandu}}",
      ),
  );
  await world.writeSpec(
    "slices.yaml",
    shop
      .replace("name: shop-availability", "name: shop-slices")
      .replace("Occurrences", "Timeslices")
      .replace(
        /objectives: .*/,
        "objectives: [{target: 0.5, timeSliceTarget: 0.95, timeSliceWindow: 1m}, " +
          "{displayName: Strict, target: 0.5, timeSliceTarget: 1, timeSliceWindow: 5}]",
      ),
  );
  service = await startService({ dataDir: world.dataDir, specs: world.specs, env: world.env });
  const nowMs = Date.now();
  const minuteMs = Math.floor(nowMs / (5 * MINUTE_MS)) * 5 * MINUTE_MS;
  // Whole minutes that are over: 12 good ones, 3 with one failure in ten, and then silence before them.
  const recent = Array.from({ length: 15 }, (_, i) => ({
    atMs: minuteMs - (i + 1) * MINUTE_MS + 30_000,
    bad: i % 5 === 0,
  }));
  const old = Array.from({ length: 40 }, (_, i) => minuteMs - 3 * HOUR_MS - i * HOUR_MS);
  const spans = [
    ...recent.flatMap(({ atMs, bad }) => spansAt(atMs, bad ? 9 : 10, bad ? 1 : 0)),
    ...old.flatMap((atMs) => spansAt(atMs, 1, 0)),
  ];
  expect(await sendTraces(service.otlpUrl, traceBody(spans))).toBe(200);

  const slices = await eventually("slices are counted", 20_000, async () => {
    const body = await sloNamed("shop-slices");
    return body.budget?.totalEvents === 55 ? body : undefined;
  });
  expect(slices.budget.goodEvents).toBe(52);
  const strict = await sloNamed("shop-slices-strict");
  // Each five minutes hold one failure; those of the old spans none.
  expect(strict.budget).toMatchObject({ totalEvents: 43, goodEvents: 40 });

  const daily = await sloNamed("shop-daily");
  expect(daily.window.description).toBe("calendar day (Asia/Kathmandu)");
  const startMs = Date.parse(daily.window.start);
  expect([startMs % HOUR_MS, Date.parse(daily.window.end) - startMs]).toEqual([15 * MINUTE_MS, 24 * HOUR_MS]);
  expect(daily.budget.totalEvents).toBe(spans.filter(({ endMs }) => endMs >= startMs).length);

  // 90 late requests make a bad minute of 9 in 10 a good one of 99 in 100.
  expect(await sendTraces(service.otlpUrl, traceBody(spansAt(recent[0]!.atMs, 90, 0)))).toBe(200);
  await eventually("a late correction is seen", 20_000, async () =>
    (await sloNamed("shop-slices")).budget.goodEvents === 53 ? true : undefined,
  );

  const policy = `  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: silence}
      spec:
        alertWhenNoData: true
        alertWhenBreaching: false
        conditions:
          - kind: AlertCondition
            metadata: {name: burns}
            spec: {severity: ticket, condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 5m}}
        notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: team}, spec: {target: slack}}]
`;
  await world.writeSpec("silent.yaml", availabilitySpec("nobody", { alerting: policy }));
  await eventually("missing data is told", 20_000, () =>
    JSON.stringify(world.slack.messages()).includes("nobody-availability: no data for 5 min")
      ? true
      : undefined,
  );
}, 120_000);
