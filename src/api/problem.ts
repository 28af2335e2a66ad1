import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** An expected failure of an API call; becomes an RFC 9457 problem document. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: ContentfulStatusCode;
  readonly title: string;

  /** `title` is the same for every problem of the kind, `detail` says what to do about this one. */
  constructor(status: ContentfulStatusCode, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

/** RFC 9457, with the members every client can rely on. */
export function problemResponse(
  c: Context,
  status: ContentfulStatusCode,
  title: string,
  detail: string,
): Response {
  return c.body(
    JSON.stringify({ type: "about:blank", title, status, detail, instance: c.req.path }),
    status,
    {
      "content-type": "application/problem+json",
    },
  );
}
