import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

/** What an SDK's exporter sends. */
export interface SentTrace {
  readonly traceId: string;
  readonly bodies: readonly Uint8Array[];
  readonly ids: Readonly<Record<"root" | "call" | "charge" | "publish", string>>;
}

/** A trace of two services with events, links, an exception and attributes of every type, as the SDK's exporter sends it. */
export async function sendSdkTrace(): Promise<SentTrace> {
  const bodies: Uint8Array[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      bodies.push(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  const providerOf = (service: string) =>
    new NodeTracerProvider({
      resource: resourceFromAttributes({
        "service.name": service,
        "service.version": "1.2.3",
        "host.cpus": 4,
      }),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
    });
  const shop = providerOf("shop");
  const payment = providerOf("payment");
  const web = shop.getTracer("web", "2.0", { schemaUrl: "https://opentelemetry.io/schemas/1.30.0" });
  const root = web.startSpan("GET /cart", {
    kind: SpanKind.SERVER,
    attributes: {
      "http.route": "/cart",
      "http.response.status_code": 500,
      ratio: 0.25,
      cached: false,
      tags: ["a", "b"],
    },
  });
  const call = web.startSpan("POST", { kind: SpanKind.CLIENT }, trace.setSpan(context.active(), root));
  const charge = payment.getTracer("grpc").startSpan(
    "charge",
    {
      kind: SpanKind.SERVER,
      links: [{ context: root.spanContext(), attributes: { "link.why": "retry" } }],
    },
    trace.setSpan(context.active(), call),
  );
  const publish = payment
    .getTracer("queue")
    .startSpan("publish", { kind: SpanKind.PRODUCER }, trace.setSpan(context.active(), charge));
  publish.end();
  charge.recordException(new TypeError("card has expired"));
  charge.addEvent("retry", { attempt: 2 });
  charge.setStatus({ code: SpanStatusCode.ERROR, message: "declined" });
  charge.end();
  call.end();
  root.end();
  await Promise.all([shop.shutdown(), payment.shutdown()]);
  await new Promise((resolve) => server.close(resolve));
  const idOf = (span: typeof root) => span.spanContext().spanId;
  return {
    traceId: root.spanContext().traceId,
    bodies,
    ids: { root: idOf(root), call: idOf(call), charge: idOf(charge), publish: idOf(publish) },
  };
}
