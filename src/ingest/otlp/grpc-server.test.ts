import { Client, credentials, Metadata, status as GrpcStatus } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { SpanKind } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { afterEach, describe, expect, it } from "vitest";
import { timestampMs } from "../../model/time.ts";
import { createAdmission } from "../admission.ts";
import { decodeTracesProtobuf } from "./decode-traces-protobuf.ts";
import { startGrpcServer } from "./grpc-server.ts";
import type { GrpcServer, GrpcServerOptions } from "./grpc-server.ts";
import type { Taken } from "../take.ts";
import { DEFAULT_SPAN_LIMITS } from "./span-limits.ts";

const EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

let server: GrpcServer | undefined;
afterEach(async () => {
  await server?.close(1_000);
  server = undefined;
});

const start = async (changes: Partial<GrpcServerOptions> = {}): Promise<string> => {
  const options: GrpcServerOptions = {
    take: async () => ({ kind: "taken" }),
    admission: createAdmission({ maxBytesInFlight: 10_000_000, maxQueuedGroups: 4, queuedGroups: () => 0 }),
    maxMessageBytes: 1_000_000,
    refuse: () => undefined,
    failed: () => {},
    ...changes,
  };
  server = await startGrpcServer({ host: "127.0.0.1", port: 0 }, options);
  return `127.0.0.1:${server.port}`;
};

/** One raw call, as a sender that is not the JS SDK would make it. */
const call = async (
  address: string,
  body: Buffer,
  options: { path?: string; metadata?: Metadata } = {},
): Promise<{ bytes: Buffer } | { error: ServiceError }> => {
  const client = new Client(address, credentials.createInsecure());
  try {
    return await new Promise((resolve) => {
      const same = (bytes: Buffer): Buffer => bytes;
      const metadata = options.metadata ?? new Metadata();
      client.makeUnaryRequest(options.path ?? EXPORT, same, same, body, metadata, (error, bytes) =>
        resolve(error === null ? { bytes: bytes ?? Buffer.alloc(0) } : { error }),
      );
    });
  } finally {
    client.close();
  }
};

const errorOf = async (...args: Parameters<typeof call>): Promise<ServiceError> => {
  const result = await call(...args);
  if ("bytes" in result) throw new Error("the call was answered with success");
  return result.error;
};

describe("OTLP over gRPC", () => {
  it("takes spans from the real OpenTelemetry exporter", async () => {
    const names: string[] = [];
    const address = await start({
      take: async (_, bytes) => {
        const result = decodeTracesProtobuf(bytes, timestampMs(Date.now()), DEFAULT_SPAN_LIMITS);
        if (result.kind === "failed") return { kind: "failed", status: 400, message: result.error.message };
        names.push(...result.batch.name);
        return { kind: "taken" };
      },
    });
    const provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ "service.name": "payment" }),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `http://${address}` }))],
    });
    for (let i = 0; i < 3; i += 1)
      provider.getTracer("test").startSpan(`span ${i}`, { kind: SpanKind.SERVER }).end();
    await provider.shutdown();
    expect(names).toEqual(["span 0", "span 1", "span 2"]);
  });

  it("says what was rejected in a partial success", async () => {
    const partialSuccess = { rejected: 2, errorMessage: "2 spans: too old" };
    const address = await start({ take: async () => ({ kind: "taken", partialSuccess }) });
    const result = await call(address, Buffer.alloc(0));
    expect("bytes" in result && result.bytes.toString("latin1")).toContain("2 spans: too old");
    const clean = await call(await start(), Buffer.alloc(0));
    expect(clean).toEqual({ bytes: Buffer.alloc(0) });
  });

  it.each<[Taken & { kind: "failed" }, GrpcStatus, boolean]>([
    [{ kind: "failed", status: 400, message: "bad data" }, GrpcStatus.INVALID_ARGUMENT, false],
    [{ kind: "failed", status: 413, message: "too large" }, GrpcStatus.RESOURCE_EXHAUSTED, false],
    [
      { kind: "failed", status: 503, message: "not stored", retryAfterMs: 1_500 },
      GrpcStatus.UNAVAILABLE,
      true,
    ],
    [{ kind: "failed", status: 429, message: "too much", retryAfterMs: 1_000 }, GrpcStatus.UNAVAILABLE, true],
  ])(
    "answers a failure with its code, and with RetryInfo only what may be sent again: %o",
    async (taken, code, retry) => {
      const error = await errorOf(await start({ take: async () => taken }), Buffer.from([1]));
      expect(error.code).toBe(code);
      expect(error.details).toBe(taken.message);
      const details = error.metadata.get("grpc-status-details-bin")[0]?.toString("latin1") ?? "";
      expect(details.includes("google.rpc.RetryInfo")).toBe(retry);
    },
  );

  it("answers an unexpected error as one to be tried again, without its text", async () => {
    const error = await errorOf(
      await start({ take: () => Promise.reject(new Error("planted-secret")) }),
      Buffer.from([1]),
    );
    expect(error.code).toBe(GrpcStatus.UNAVAILABLE);
    expect(JSON.stringify(error)).not.toContain("planted-secret");
  });

  it("refuses messages above the limit, and everything while too much is in flight", async () => {
    const small = await start({ maxMessageBytes: 1_000 });
    expect((await errorOf(small, Buffer.alloc(2_000))).code).toBe(GrpcStatus.RESOURCE_EXHAUSTED);
    await server?.close(1_000);
    const full = await start({
      admission: createAdmission({ maxBytesInFlight: 10_000_000, maxQueuedGroups: 4, queuedGroups: () => 9 }),
    });
    expect((await errorOf(full, Buffer.alloc(10))).code).toBe(GrpcStatus.UNAVAILABLE);
  });

  it("asks the guard with the call's metadata", async () => {
    const address = await start({
      refuse: (metadata) =>
        metadata("authorization") === "Bearer good"
          ? undefined
          : { status: 401, message: "an API key is required" },
    });
    expect((await errorOf(address, Buffer.alloc(0))).code).toBe(GrpcStatus.UNAUTHENTICATED);
    const metadata = new Metadata();
    metadata.set("authorization", "Bearer good");
    expect(await call(address, Buffer.alloc(0), { metadata })).toEqual({ bytes: Buffer.alloc(0) });
  });

  it("takes traces and metrics, each at its service", async () => {
    const taken: string[] = [];
    const address = await start({
      take: async (signal, bytes) => {
        taken.push(`${signal} ${bytes.length}`);
        return { kind: "taken" };
      },
    });
    await call(address, Buffer.alloc(2), { path: METRICS });
    await call(address, Buffer.alloc(3));
    expect(taken).toEqual(["metrics 2", "traces 3"]);
  });

  it("answers calls in flight before it closes", async () => {
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => (finish = resolve));
    const address = await start({
      take: async () => {
        await held;
        return { kind: "taken" };
      },
    });
    const answer = call(address, Buffer.from([1]));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = server!.close(5_000);
    finish();
    expect(await answer).toEqual({ bytes: Buffer.alloc(0) });
    await closed;
  });
});
