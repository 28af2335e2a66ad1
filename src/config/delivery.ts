import type { ReceiverType } from "../alert/notification.ts";
import { count, duration, section } from "./fields.ts";
import type { Budgets } from "../notify/outbox-ports.ts";

/** Fields of `telling` of noroshi.yaml about receivers that fail, or are asked too much. */
export const deliveryFields = {
  /** How long a receiver may fail before the one that stands in for it is told. */
  fallbackAfter: duration.prefault("5m"),
  /** Most messages a minute to one address: a routing key, a channel, a web address, a list of mailboxes. */
  perMinute: section({
    pagerduty: count.default(120),
    slack: count.default(60),
    webhook: count.default(300),
    email: count.default(60),
  }).prefault({}),
};

/** Never more than that in any minute, a sixth of it at once; Slack wants them spaced out. */
export function toBudgets(perMinute: Readonly<Partial<Record<ReceiverType, number>>>): Budgets {
  return Object.fromEntries(
    Object.entries(perMinute).map(([type, most]) => {
      const burst = type === "slack" ? 1 : Math.ceil(most / 6);
      return [type, { burst, everyMs: 60_000 / Math.max(1, type === "slack" ? most : most - burst) }];
    }),
  );
}
