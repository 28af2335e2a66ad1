import { setTimeout as sleep } from "node:timers/promises";
import type { Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AlwaysOnSampler, BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { SERVICE_NAMESPACE } from "./company-name.ts";

/** How often each instance sends its spans, in real milliseconds: at 600 times the real pace every millisecond counts. */
const EXPORT_INTERVAL_MS = 250;

/** Exporters go on trying for long when their receiver is gone. */
const STOP_TIMEOUT_MS = 2_000;

export interface Telemetry {
  readonly tracer: Tracer;
  /** Sends what is left and stops; does not throw when the receiver is gone. */
  stop(): Promise<void>;
}

export interface TelemetryOptions {
  /** Base of the OTLP/HTTP receiver, such as `http://127.0.0.1:4318`. */
  readonly otlpUrl: string;
  readonly service: string;
  readonly version: string;
  readonly region: string;
  readonly instanceId: string;
}

/** What a real service has: an OpenTelemetry SDK that sends batches of spans as OTLP/HTTP protobuf. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const exporter = new OTLPTraceExporter({ url: `${options.otlpUrl}/v1/traces`, timeoutMillis: 5_000 });
  const provider = new NodeTracerProvider({
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes({
      "service.name": options.service,
      "service.namespace": SERVICE_NAMESPACE,
      "service.version": options.version,
      "service.instance.id": options.instanceId,
      "deployment.environment.name": "production",
      "cloud.region": options.region,
      "telemetry.sdk.language": "nodejs",
    }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, { scheduledDelayMillis: EXPORT_INTERVAL_MS, maxQueueSize: 8_192 }),
    ],
  });
  return {
    tracer: provider.getTracer("payment-company", "1.0.0"),
    stop: () =>
      Promise.race([provider.shutdown().catch(() => {}), sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]),
  };
}
