/** The part of an Events API v2 event that Noroshi and its fake receiver know. */
export interface PagerDutyEvent {
  readonly routing_key: string;
  readonly event_action: "trigger" | "acknowledge" | "resolve";
  readonly dedup_key?: string;
  readonly client?: string;
  readonly client_url?: string;
  readonly links?: readonly { readonly href: string; readonly text?: string }[];
  readonly payload?: {
    readonly summary: string;
    readonly source: string;
    readonly severity: "critical" | "error" | "warning" | "info";
    readonly timestamp?: string;
    readonly component?: string;
    readonly group?: string;
    readonly class?: string;
    readonly custom_details?: Readonly<Record<string, unknown>>;
  };
}

/** Whether `value` is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What PagerDuty would refuse in this body, worded as its 400 answers are; empty when it would take it. */
export function validatePagerDutyEvent(body: unknown): readonly string[] {
  if (!isRecord(body)) {
    return ["Event object is invalid JSON"];
  }
  const errors: string[] = [];
  const routingKey = body["routing_key"];
  if (typeof routingKey !== "string" || routingKey === "") {
    errors.push("'routing_key' is missing or blank");
  } else if (routingKey.length !== 32) {
    errors.push("Length of 'routing_key' is incorrect (should be 32 characters)");
  }
  const action = body["event_action"];
  if (action !== "trigger" && action !== "acknowledge" && action !== "resolve") {
    errors.push("'event_action' is missing or invalid (should be one of trigger, acknowledge, resolve)");
  }
  const dedupKey = body["dedup_key"];
  if (typeof dedupKey === "string" && dedupKey.length > 255) {
    errors.push("Length of 'dedup_key' is incorrect (should be at most 255 characters)");
  }
  if (action !== "trigger") {
    if (dedupKey === undefined || dedupKey === "") {
      errors.push("'dedup_key' is missing or blank");
    }
    return errors;
  }
  return [...errors, ...validatePayload(body["payload"])];
}

function validatePayload(payload: unknown): readonly string[] {
  if (!isRecord(payload)) {
    return ["'payload' is missing or blank"];
  }
  const errors: string[] = [];
  const summary = payload["summary"];
  if (typeof summary !== "string" || summary === "") {
    errors.push("'payload.summary' is missing or blank");
  } else if (summary.length > 1024) {
    errors.push("Length of 'payload.summary' is incorrect (should be at most 1024 characters)");
  }
  if (typeof payload["source"] !== "string" || payload["source"] === "") {
    errors.push("'payload.source' is missing or blank");
  }
  const severity = payload["severity"];
  if (typeof severity !== "string" || !["critical", "error", "warning", "info"].includes(severity)) {
    errors.push("'payload.severity' is invalid (must be one of critical, warning, error or info)");
  }
  const timestamp = payload["timestamp"];
  if (timestamp !== undefined && (typeof timestamp !== "string" || Number.isNaN(Date.parse(timestamp)))) {
    errors.push("'payload.timestamp' is invalid");
  }
  return errors;
}
