import { createHmac, randomUUID } from "node:crypto";

/** Something that happened to an incident. */
export interface FakeIncidentEvent {
  /** `incident.acknowledged`, … */
  readonly type: string;
  /** Of the alert that opened it. */
  readonly dedupKey: string;
  readonly atMs: number;
  /** Who did it; null: PagerDuty itself. */
  readonly by?: string | null;
  /** `user_reference` unless it was an integration. */
  readonly agentType?: string;
  readonly assignees?: readonly string[];
  readonly eventId?: string;
}

/** The body of a webhook v3. */
export function webhookBody(event: FakeIncidentEvent): string {
  const {
    type,
    dedupKey,
    atMs,
    by = "Bob Ops",
    agentType = "user_reference",
    assignees = ["Bob Ops"],
  } = event;
  const reference = (summary: string, kind = "user_reference") => ({
    html_url: "https://acme.pagerduty.example/users/PLH1HKV",
    id: "PLH1HKV",
    self: "https://api.pagerduty.example/users/PLH1HKV",
    summary,
    type: kind,
  });
  return JSON.stringify({
    event: {
      id: event.eventId ?? randomUUID(),
      event_type: type,
      resource_type: "incident",
      occurred_at: new Date(atMs).toISOString(),
      agent: by === null ? null : reference(by, agentType),
      client: { name: "PagerDuty" },
      data: {
        id: "PGR0VU2",
        type: "incident",
        self: "https://api.pagerduty.example/incidents/PGR0VU2",
        html_url: "https://acme.pagerduty.example/incidents/PGR0VU2",
        number: 2,
        status: "triggered",
        incident_key: dedupKey,
        created_at: new Date(atMs).toISOString(),
        title: "the error budget burns",
        service: reference("Payments", "service_reference"),
        assignees: assignees.map((name) => reference(name)),
        priority: null,
        urgency: "high",
      },
    },
  });
}

export interface WebhookDelivery {
  readonly secrets: readonly string[];
  readonly webhookId?: string;
  /** Instead of the right signatures. */
  readonly signature?: string;
}

/** Sends a webhook, signed as PagerDuty does: once with each secret of the subscription. */
export async function sendWebhook(
  url: string,
  body: string,
  { secrets, webhookId = randomUUID(), signature }: WebhookDelivery,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const signatures = secrets.map((secret) => `v1=${createHmac("sha256", secret).update(body).digest("hex")}`);
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "PagerDuty-Webhook/V3.0",
      "x-webhook-id": webhookId,
      "x-webhook-subscription": "PSUBSCR",
      "x-pagerduty-signature": signature ?? signatures.join(","),
    },
    body,
  });
  return { status: response.status, body: await response.json() };
}
