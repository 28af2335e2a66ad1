import type { Written } from "./take-write.ts";

/** An answer in terms of HTTP. */
export interface WriteAnswer {
  /** 204 only when everything is stored. Never 429: senders drop what is answered so. */
  readonly status: 204 | 400 | 405 | 413 | 415 | 503;
  readonly written: Written;
  readonly message?: string;
  /** Set for what may be sent again: rounded up to whole seconds. */
  readonly retryAfterMs?: number;
  /** Part of the body is still to come and is not read: the connection cannot be used again. */
  readonly closes?: boolean;
}

/** Failures are plain text. The headers say what is stored; 2.0 asks for them whatever the status. */
export function answerWrite({ status, written, message, retryAfterMs, closes }: WriteAnswer): Response {
  const headers: Record<string, string> = {
    "x-prometheus-remote-write-samples-written": String(written.samples),
    "x-prometheus-remote-write-histograms-written": String(written.histograms),
    "x-prometheus-remote-write-exemplars-written": String(written.exemplars),
  };
  if (retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  }
  if (status === 405) headers["allow"] = "POST";
  if (closes === true || status === 413) headers["connection"] = "close";
  if (message === undefined) return new Response(null, { status, headers });
  headers["content-type"] = "text/plain; charset=utf-8";
  return new Response(`${message}\n`, { status, headers });
}
