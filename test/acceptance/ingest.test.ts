import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { SpanKind } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import type { SpanExporter } from "@opentelemetry/sdk-trace-node";
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
  await world.writeSpec("payment.yaml", availabilitySpec("payment", { target: 0.5 }));
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

interface SloCounts {
  readonly budget: { readonly totalEvents: number; readonly badEvents: number };
  readonly burns: readonly { readonly windowMs: number; readonly totalEvents: number }[];
}

const countsOf = async (url: string, slo = "payment-availability"): Promise<SloCounts> =>
  (await (await fetch(`${url}/api/v1/slos/${slo}`)).json()) as SloCounts;

const untilTotal = (url: string, total: number, slo?: string): Promise<SloCounts> =>
  eventually(`${total} events are counted`, 15_000, async () => {
    const counts = await countsOf(url, slo);
    return counts.budget.totalEvents === total ? counts : undefined;
  });

describe("ingest, end to end", () => {
  it("takes traces from the real OpenTelemetry exporters: protobuf, JSON and gRPC, on every port", async () => {
    const { url, otlpUrl, otlpGrpcUrl } = await start();
    process.env["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip";
    const exporters: SpanExporter[] = [
      new ProtobufExporter({ url: `${otlpUrl}/v1/traces` }),
      new JsonExporter({ url: `${url}/v1/traces` }),
      new GrpcExporter({ url: otlpGrpcUrl }),
    ];
    for (const exporter of exporters) {
      const provider = new NodeTracerProvider({
        resource: resourceFromAttributes({ "service.name": "payment" }),
        spanProcessors: [new BatchSpanProcessor(exporter)],
      });
      const tracer = provider.getTracer("test");
      for (let i = 0; i < 10; i += 1) {
        const attributes = { "http.response.status_code": i < 3 ? 500 : 200 };
        tracer.startSpan("POST /payments", { kind: SpanKind.SERVER, attributes }).end();
      }
      await provider.shutdown();
    }
    expect((await untilTotal(url, 30)).budget.badEvents).toBe(9);
  });

  it("counts a body that is sent twice once, plain or gzipped, also after a restart", async () => {
    const { otlpUrl } = await start();
    const body = traceBody(spansNow("payment", 200, 40));
    expect(await sendTraces(otlpUrl, body)).toBe(200);
    expect(await sendTraces(otlpUrl, body)).toBe(200);
    const gzipped = await fetch(`${otlpUrl}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: gzipSync(body),
    });
    expect(gzipped.status).toBe(200);
    await service!.kill();
    const { url, otlpUrl: again } = await start();
    expect(await sendTraces(again, body)).toBe(200);
    expect(await sendTraces(again, traceBody(spansNow("payment", 500, 1)))).toBe(200);
    expect((await untilTotal(url, 41)).budget.badEvents).toBe(1);
  });

  it("counts a late batch where it belongs in time", async () => {
    const { url, otlpUrl } = await start();
    const endMs = Date.now() - 2 * 3_600_000;
    await sendTraces(
      otlpUrl,
      traceBody(Array.from({ length: 30 }, () => ({ service: "payment", status: 500, endMs }))),
    );
    await sendTraces(otlpUrl, traceBody(spansNow("payment", 200, 12)));
    const { burns } = await untilTotal(url, 42);
    const inWindow = Object.fromEntries(burns.map((burn) => [burn.windowMs / 60_000, burn.totalEvents]));
    expect(inWindow).toMatchObject({ 5: 12, 30: 12, 60: 12, 360: 42, 1440: 42 });
  });

  it("has every acknowledged span, counted once, after SIGKILL in the middle of ingest", async () => {
    const bodies = Array.from({ length: 120 }, () => traceBody(spansNow("payment", 200, 25)));
    let current = await start();
    let acknowledged = 0;
    let killed = false;
    // A sender as the SDKs are: it repeats a body until it is acknowledged.
    const send = async (body: string): Promise<void> => {
      for (;;) {
        const status = await sendTraces(current.otlpUrl, body).catch(() => 0);
        if (status === 200) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      acknowledged += 1;
    };
    const queue = [...bodies];
    const senders = Array.from({ length: 8 }, async () => {
      for (let body = queue.pop(); body !== undefined; body = queue.pop()) await send(body);
    });
    const killer = (async () => {
      for (const limit of [20, 60]) {
        while (acknowledged < limit) await new Promise((resolve) => setTimeout(resolve, 1));
        await current.kill();
        killed = true;
        current = await start();
      }
    })();
    await Promise.all([...senders, killer]);
    expect(killed).toBe(true);
    await untilTotal(current.url, 120 * 25);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect((await countsOf(current.url)).budget.totalEvents).toBe(120 * 25);
  }, 120_000);

  it("answers malformed bodies with a clear 400 and disturbs nothing else", async () => {
    const { url, otlpUrl } = await start();
    const post = (body: string | Uint8Array<ArrayBuffer>, contentType: string) =>
      fetch(`${otlpUrl}/v1/traces`, { method: "POST", headers: { "content-type": contentType }, body });
    const json = await post("{not json", "application/json");
    expect(json.status).toBe(400);
    expect(((await json.json()) as { message: string }).message).not.toBe("");
    const protobuf = await post(new Uint8Array([0x0a, 0xff, 0xff, 0xff, 0x01]), "application/x-protobuf");
    expect(protobuf.status).toBe(400);
    expect(protobuf.headers.get("content-type")).toBe("application/x-protobuf");
    expect((await post("x", "text/plain")).status).toBe(415);
    expect(await sendTraces(otlpUrl, traceBody(spansNow("payment", 200, 5)))).toBe(200);
    await untilTotal(url, 5);
  });

  it("shows what a request holds while its body is still to come", async () => {
    const { url, otlpUrl } = await start();
    const held = async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/_ingest_in_flight_bytes (\d+)/.exec(text)?.[1]);
    };
    const headers = { "content-type": "application/json", "content-length": 1_000_000 };
    const request = httpRequest(`${otlpUrl}/v1/traces`, { method: "POST", headers });
    request.on("error", () => {});
    request.write("{");
    await eventually("the body is held", 5_000, async () => ((await held()) > 1_000_000 ? true : undefined));
    request.destroy();
    await eventually("it is let go", 5_000, async () => ((await held()) === 0 ? true : undefined));
  });

  it("computes a new SLO at once from the spans that are already stored", async () => {
    const { url, otlpUrl } = await start();
    await sendTraces(otlpUrl, traceBody([...spansNow("refund", 200, 30), ...spansNow("refund", 500, 10)]));
    await world.writeSpec("refund.yaml", availabilitySpec("refund", { target: 0.5 }));
    await eventually("the new SLO is there", 15_000, async () =>
      (await fetch(`${url}/api/v1/slos/refund-availability`)).ok ? true : undefined,
    );
    expect((await untilTotal(url, 40, "refund-availability")).budget.badEvents).toBe(10);
  });
});
