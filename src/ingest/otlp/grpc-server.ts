import { logVerbosity, Metadata, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall, ServiceDefinition, StatusObject } from "@grpc/grpc-js";
import type { Admission } from "../admission.ts";
import { RETRY_AFTER_MS, type Taken } from "../take.ts";
import { encodeExportResponse, encodeRetryStatus, type OtlpSignal } from "./encode-response.ts";
import { grpcCode } from "./grpc-status.ts";

export interface GrpcServerOptions {
  /** Decodes and stores one export request of a signal. */
  readonly take: (signal: OtlpSignal, bytes: Uint8Array) => Promise<Taken>;
  readonly admission: Admission;
  /** Largest message, after decompression. */
  readonly maxMessageBytes: number;
  /** Judges a request by its metadata; undefined lets it pass. */
  readonly refuse: (
    metadata: (name: string) => string | undefined,
  ) => { readonly status: 401 | 403; readonly message: string } | undefined;
  /** Told of what should not happen; the sender only hears that it may try again. */
  readonly failed: (error: unknown) => void;
}

export interface GrpcServer {
  /** With the port that the system chose. */
  readonly port: number;
  /** Takes no more calls; ends when those in flight are answered, or cuts them after `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

const same = (bytes: Buffer): Buffer => bytes;
const exportMethod = (path: string): ServiceDefinition => ({
  Export: {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
});
const METHODS: Readonly<Record<OtlpSignal, ServiceDefinition>> = {
  traces: exportMethod("/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
  metrics: exportMethod("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"),
};

type Call = ServerUnaryCall<Buffer, Buffer>;
type Answer = sendUnaryData<Buffer>;

/** OTLP/gRPC without TLS, gzip understood. Rejects when the address cannot be had. */
export async function startGrpcServer(
  address: { readonly host: string; readonly port: number },
  options: GrpcServerOptions,
): Promise<GrpcServer> {
  // What it would print by itself also arrives as an error.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    "grpc.max_receive_message_length": options.maxMessageBytes,
    "grpc.max_send_message_length": 1024 * 1024,
  });
  for (const signal of ["traces", "metrics"] as const) {
    server.addService(METHODS[signal], {
      Export: (call: Call, answer: Answer) => {
        exportSignal(signal, call, options).then(
          (result) => answer(result.error, result.bytes),
          (error: unknown) => {
            options.failed(error);
            answer(failure({ status: 503, message: "internal error", retryAfterMs: RETRY_AFTER_MS }));
          },
        );
      },
    });
  }
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${address.port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { port, close: (timeoutMs) => close(server, timeoutMs) };
}

interface Result {
  readonly error: Partial<StatusObject> | null;
  readonly bytes?: Buffer;
}

async function exportSignal(signal: OtlpSignal, call: Call, options: GrpcServerOptions): Promise<Result> {
  const refused = options.refuse((name) => call.metadata.get(name)[0]?.toString());
  if (refused !== undefined) return { error: failure(refused) };
  const entry = options.admission.enter(call.request.length);
  if (entry.kind === "refused") {
    return { error: failure({ status: 503, message: entry.reason, retryAfterMs: entry.retryAfterMs }) };
  }
  try {
    const taken = await options.take(signal, call.request);
    if (taken.kind === "failed") return { error: failure(taken) };
    const bytes = encodeExportResponse(signal, "protobuf", taken.partialSuccess);
    return { error: null, bytes: Buffer.from(bytes) };
  } finally {
    entry.ticket.release();
  }
}

function failure(failed: {
  readonly status: number;
  readonly message: string;
  readonly retryAfterMs?: number;
}): Partial<StatusObject> {
  const code = grpcCode(failed.status);
  const metadata = new Metadata();
  if (failed.retryAfterMs !== undefined) {
    const details = encodeRetryStatus(code, failed.message, failed.retryAfterMs);
    metadata.set("grpc-status-details-bin", Buffer.from(details));
  }
  return { code, details: failed.message, metadata };
}

function close(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.forceShutdown(), timeoutMs);
    server.tryShutdown(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
