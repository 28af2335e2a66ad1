/** How a request was encoded; answers are encoded the same way. */
export type OtlpEncoding = "protobuf" | "json";

export const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** Codes of google.rpc.Status that are used here; https://github.com/googleapis/googleapis google/rpc/code.proto. */
export const RpcCode = {
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;
export type RpcCode = (typeof RpcCode)[keyof typeof RpcCode];

/** What an export request carries. */
export type OtlpSignal = "traces" | "metrics";

/** Items that were left out, and why; the sender must not send them again. */
export interface PartialSuccess {
  /** Spans or data points. */
  readonly rejected: number;
  readonly errorMessage: string;
}

/** The response to an export request; `partialSuccess` only when something was rejected. */
export function encodeExportResponse(
  signal: OtlpSignal,
  encoding: OtlpEncoding,
  partialSuccess?: PartialSuccess,
): Uint8Array<ArrayBuffer> {
  if (partialSuccess === undefined) return encoding === "json" ? jsonBytes({}) : new Uint8Array(0);
  const { rejected, errorMessage } = partialSuccess;
  if (encoding === "json") {
    const field = signal === "traces" ? "rejectedSpans" : "rejectedDataPoints";
    return jsonBytes({ partialSuccess: { [field]: String(rejected), errorMessage } });
  }
  const inner = [...varintField(1, rejected), ...bytesField(2, Buffer.from(errorMessage))];
  return Uint8Array.from(bytesField(1, inner));
}

/** google.rpc.Status without details. */
export function encodeRpcStatus(
  encoding: OtlpEncoding,
  code: RpcCode,
  message: string,
): Uint8Array<ArrayBuffer> {
  if (encoding === "json") return jsonBytes({ code, message });
  return Uint8Array.from([...varintField(1, code), ...bytesField(2, Buffer.from(message))]);
}

const RETRY_INFO = Buffer.from("type.googleapis.com/google.rpc.RetryInfo");

/** google.rpc.Status with a RetryInfo, in protobuf: when to send again. */
export function encodeRetryStatus(
  code: number,
  message: string,
  retryAfterMs: number,
): Uint8Array<ArrayBuffer> {
  const seconds = Math.floor(retryAfterMs / 1_000);
  const nanos = Math.round((retryAfterMs % 1_000) * 1_000_000);
  const delay = [...varintField(1, seconds), ...varintField(2, nanos)];
  const any = [...bytesField(1, RETRY_INFO), ...bytesField(2, bytesField(1, delay))];
  const details = bytesField(3, any);
  return Uint8Array.from([...varintField(1, code), ...bytesField(2, Buffer.from(message)), ...details]);
}

function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(JSON.stringify(value)));
}

function varintField(field: number, value: number): number[] {
  return value === 0 ? [] : [field << 3, ...varint(value)];
}

function bytesField(field: number, bytes: Iterable<number> & { readonly length: number }): number[] {
  return bytes.length === 0 ? [] : [(field << 3) | 2, ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}
