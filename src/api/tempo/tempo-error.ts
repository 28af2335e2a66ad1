import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** An expected failure of a call of the Tempo API; told as plain text, as Tempo does. */
export class TempoError extends Error {
  override readonly name = "TempoError";
  readonly status: ContentfulStatusCode;

  constructor(status: ContentfulStatusCode, message: string) {
    super(message);
    this.status = status;
  }
}

/** `invalid start: …` */
export function invalidParameter(name: string, problem: string): TempoError {
  return new TempoError(400, `invalid ${name}: ${problem}`);
}

/** A failure as plain text. */
export function textResponse(c: Context, status: ContentfulStatusCode, message: string): Response {
  const headers: Record<string, string> = { "content-type": "text/plain; charset=utf-8" };
  if (status === 503) headers["retry-after"] = "5";
  return c.body(`${message}\n`, status, headers);
}
