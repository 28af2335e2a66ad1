import { createWorld } from "../acceptance/receivers.ts";
import { eventually, startService } from "../acceptance/service-process.ts";
import { availabilitySpec, sendTraces, spansNow, traceBody } from "../acceptance/spans.ts";
import type { BenchResult } from "./main.ts";

const SLOS = 60;
const serviceName = (i: number): string => `bench-${String(i).padStart(3, "0")}`;

/**
 * From the moment the request that crosses a threshold is sent to the HTTP request at PagerDuty, on the built command
 * with embedded stores, one alert at a time, at random phases of the evaluation, under steady healthy traffic.
 */
export async function benchPage(): Promise<BenchResult> {
  const world = await createWorld();
  const specs = Array.from({ length: SLOS }, (_, i) => availabilitySpec(serviceName(i)));
  await world.writeSpec("bench.yaml", specs.join("---\n"));
  const service = await startService({ dataDir: world.dataDir, specs: world.specs, env: world.env });
  const healthy = setInterval(() => {
    const spans = Array.from({ length: SLOS }, (_, i) => spansNow(serviceName(i), 200, 10)).flat();
    void sendTraces(service.otlpUrl, traceBody(spans)).catch(() => {});
  }, 1_000);
  try {
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const latenciesMs: number[] = [];
    for (let i = 0; i < SLOS; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2_000));
      const body = traceBody(spansNow(serviceName(i), 503, 500));
      const sentAtMs = Date.now();
      const status = await sendTraces(service.otlpUrl, body);
      if (status !== 200) throw new Error(`the crossing request was answered ${status}`);
      const request = await eventually("PagerDuty is called", 30_000, () =>
        world.pagerduty.requests.find((candidate) => candidate.body.includes(serviceName(i))),
      );
      latenciesMs.push(request.atMs - sentAtMs);
    }
    latenciesMs.sort((a, b) => a - b);
    const quantile = (q: number): number => latenciesMs[Math.min(SLOS - 1, Math.ceil(q * SLOS) - 1)]!;
    return {
      name: "threshold crossed to PagerDuty request",
      figures: {
        samples: SLOS,
        p50_ms: quantile(0.5),
        p90_ms: quantile(0.9),
        p99_ms: quantile(0.99),
        max_ms: quantile(1),
      },
    };
  } finally {
    clearInterval(healthy);
    await service.stop();
    await world.close();
  }
}
