import { randomBytes } from "node:crypto";

/** A span as a test describes it; OTLP/JSON is what is sent. */
export interface TestSpan {
  readonly service: string;
  readonly name?: string;
  readonly status: number;
  /** When it ended. */
  readonly endMs: number;
  readonly durationMs?: number;
}

/** One ExportTraceServiceRequest in OTLP/JSON, with fresh ids: sent twice, it is the same body. */
export function traceBody(spans: readonly TestSpan[]): string {
  const byService = new Map<string, TestSpan[]>();
  for (const span of spans) byService.set(span.service, [...(byService.get(span.service) ?? []), span]);
  return JSON.stringify({
    resourceSpans: [...byService].map(([service, members]) => ({
      resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
      scopeSpans: [
        {
          scope: { name: "test" },
          spans: members.map((span) => ({
            traceId: randomBytes(16).toString("hex"),
            spanId: randomBytes(8).toString("hex"),
            name: span.name ?? "POST /payments",
            kind: 2,
            startTimeUnixNano: String(BigInt(span.endMs - (span.durationMs ?? 20)) * 1_000_000n),
            endTimeUnixNano: String(BigInt(span.endMs) * 1_000_000n),
            attributes: [{ key: "http.response.status_code", value: { intValue: String(span.status) } }],
            status: span.status >= 500 ? { code: 2 } : {},
          })),
        },
      ],
    })),
  });
}

/** `count` server spans that end now. */
export function spansNow(service: string, status: number, count: number): TestSpan[] {
  const endMs = Date.now();
  return Array.from({ length: count }, () => ({ service, status, endMs }));
}

/** Posts a body; the status of the answer. */
export async function sendTraces(
  otlpUrl: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const response = await fetch(`${otlpUrl}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

/** An OpenSLO document in the manner of the guide. */
export function availabilitySpec(
  service: string,
  options: { target?: number; alerting?: string } = {},
): string {
  const all = `resource.service.name = "${service}" && kind = server`;
  return `apiVersion: openslo/v1
kind: SLO
metadata:
  name: ${service}-availability
  annotations: {noroshi.dev/owner: ${service}, noroshi.dev/runbook: https://runbooks.example/${service}}
spec:
  service: ${service}
  description: requests return something other than a 5xx
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: ${service}-non-5xx}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: traces, spec: {query: '{ ${all} && span.http.response.status_code < 500 }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ ${all} }'}}}
  objectives: [{displayName: Available, target: ${options.target ?? 0.999}}]
${options.alerting ?? ""}`;
}
