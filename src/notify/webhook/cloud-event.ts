import type { WebhookPayload } from "./webhook-schema.ts";

/** An event of CloudEvents 1.0, in its JSON format. */
export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly data: WebhookPayload;
}

/** The media type of the structured mode. */
export const CLOUD_EVENT_TYPE = "application/cloudevents+json; charset=utf-8";

/**
 * The same news as a CloudEvent. `source` and `id` together are unique, and the same at every attempt; `subject` is the SLO,
 * and left out where episodes of several are told together.
 */
export function cloudEvent(payload: WebhookPayload): CloudEvent {
  const slos = [...new Set(payload.episodes.map(({ slo }) => slo))];
  const [subject] = slos;
  const times = payload.episodes.map(({ at }) => at).sort();
  return {
    specversion: "1.0",
    id: payload.notificationId,
    source: payload.url,
    type: `dev.noroshi.alert.${payload.action}`,
    ...(slos.length === 1 && subject !== undefined && subject !== "" ? { subject } : {}),
    time: times.at(-1)!,
    datacontenttype: "application/json",
    data: payload,
  };
}
