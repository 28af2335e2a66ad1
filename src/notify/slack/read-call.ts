import type { FakeRequest } from "../fake-server.ts";
import { isRecord } from "../pagerduty/validate-event.ts";

/** A JSON body, or a form whose structured fields are JSON texts, as Slack's own client sends them. */
export function readParams(request: FakeRequest): Readonly<Record<string, unknown>> {
  if (request.headers["content-type"]?.startsWith("application/json") === true) {
    const body: unknown = parseJson(request.body);
    return isRecord(body) ? body : {};
  }
  const params: Record<string, unknown> = {};
  for (const [name, value] of [...request.query, ...new URLSearchParams(request.body)]) {
    params[name] = ["blocks", "attachments", "metadata"].includes(name) ? parseJson(value) : value;
  }
  return params;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
