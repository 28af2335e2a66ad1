import type { FakePagerDuty } from "../../../src/notify/pagerduty/fake-pagerduty.ts";
import type { FakeSlack } from "../../../src/notify/slack/fake-slack.ts";

/** One thing that a receiver took. */
export interface LedgerEntry {
  /** The same at every reading. */
  readonly id: string;
  readonly atMs: number;
  /** `pagerduty trigger`, `pagerduty resolve`, `slack post`, `slack update`, `slack reply` … */
  readonly what: string;
  readonly text: string;
}

/** What one lane's receivers took so far, oldest first. */
export function readLedger(
  { routingKey, channel }: { readonly routingKey: string; readonly channel: string },
  { pagerduty, slack }: { readonly pagerduty: FakePagerDuty; readonly slack: FakeSlack },
): readonly LedgerEntry[] {
  const pages = pagerduty.events.flatMap(({ atMs, event, effect }, i): LedgerEntry[] => {
    if (event.routing_key !== routingKey) return [];
    const what = `pagerduty ${effect === "dropped" ? "dropped " : ""}${event.event_action}`;
    return [{ id: `p${i}`, atMs, what, text: JSON.stringify(event) }];
  });
  const posts = slack.messages().flatMap((message, i): LedgerEntry[] => {
    if (message.channel !== channel) return [];
    const what = message.threadTs === null ? "slack post" : "slack reply";
    return [{ id: `m${i}`, atMs: message.postedAtMs, what, text: JSON.stringify(message) }];
  });
  const updates = slack.calls.flatMap(({ atMs, method, params, fault, error }, i): LedgerEntry[] => {
    const isUpdate = method === "chat.update" && params["channel"] === channel;
    const isTaken = error === null && (fault === null || ("processed" in fault && fault.processed));
    return isUpdate && isTaken
      ? [{ id: `u${i}`, atMs, what: "slack update", text: JSON.stringify(params) }]
      : [];
  });
  return [...pages, ...posts, ...updates].sort((a, b) => a.atMs - b.atMs);
}
