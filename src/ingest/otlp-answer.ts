import {
  CONTENT_TYPES,
  encodeRpcStatus,
  encodeExportResponse,
  type OtlpEncoding,
  type OtlpSignal,
  type PartialSuccess,
  RpcCode,
} from "./otlp/encode-response.ts";

/** A failure in terms of OTLP/HTTP: its status, its google.rpc.Status, and when to come back. */
export interface OtlpFailure {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 503;
  readonly message: string;
  /** Set for what may be sent again: rounded up to whole seconds. */
  readonly retryAfterMs?: number;
  /** Part of the body is still to come and is not read: the connection cannot be used again. Always so with 413. */
  readonly closes?: boolean;
  /** Methods that are allowed; for 405. */
  readonly allow?: string;
}

const RPC_CODES: Readonly<Record<OtlpFailure["status"], RpcCode>> = {
  400: RpcCode.invalidArgument,
  401: RpcCode.unauthenticated,
  403: RpcCode.permissionDenied,
  404: RpcCode.unimplemented,
  405: RpcCode.unimplemented,
  413: RpcCode.invalidArgument,
  415: RpcCode.invalidArgument,
  429: RpcCode.resourceExhausted,
  503: RpcCode.unavailable,
};

/** The encoding that a Content-Type header names, whatever its parameters; undefined for any other. */
export function otlpEncoding(contentType: string | undefined): OtlpEncoding | undefined {
  const mediaType = (contentType ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (mediaType === CONTENT_TYPES.protobuf) return "protobuf";
  return mediaType === CONTENT_TYPES.json ? "json" : undefined;
}

export function answerSuccess(
  signal: OtlpSignal,
  encoding: OtlpEncoding,
  partialSuccess?: PartialSuccess,
): Response {
  const body = encodeExportResponse(signal, encoding, partialSuccess);
  return new Response(body, { status: 200, headers: { "content-type": CONTENT_TYPES[encoding] } });
}

export function answerFailure(encoding: OtlpEncoding, failure: OtlpFailure): Response {
  const { status, message, retryAfterMs, allow, closes } = failure;
  const headers = new Headers({ "content-type": CONTENT_TYPES[encoding] });
  if (retryAfterMs !== undefined)
    headers.set("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  if (allow !== undefined) headers.set("allow", allow);
  if (closes === true || status === 413) headers.set("connection", "close");
  return new Response(encodeRpcStatus(encoding, RPC_CODES[status], message), { status, headers });
}
