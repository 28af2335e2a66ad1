import type { ReceiverChoice } from "./notification.ts";
import { choiceOf, type Receiver } from "./receiver.ts";
import type { Severity } from "../slo/slo.ts";

/**
 * Who is told where a receiver cannot be reached, in order; the log at last. What the receiver's `fallback` names comes first.
 * Without one, those that the environment sets up: for what is critical Slack and then PagerDuty, for the rest Slack; never
 * one of the same type, as what fails is likely to be common to both.
 */
export function standInsFor(
  failing: Pick<ReceiverChoice, "receiver" | "receiverType">,
  severity: Severity,
  receivers: readonly Receiver[],
): readonly ReceiverChoice[] {
  const byName = new Map(receivers.map((receiver) => [receiver.name, receiver]));
  const named = byName.get(byName.get(failing.receiver)?.fallback ?? "");
  const usual = severity === "critical" ? ["slack", "pagerduty", "log"] : ["slack", "log"];
  const others = usual.flatMap((name) => byName.get(name) ?? []);
  const chain = [
    named ?? [],
    others.filter(({ name, type }) => type !== failing.receiverType && name !== named?.name),
  ];
  return chain
    .flat()
    .filter(({ name }) => name !== failing.receiver)
    .map(choiceOf);
}
