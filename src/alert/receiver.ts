import type { ReceiverChoice } from "./notification.ts";
import type { MessageTemplate } from "./template/template.ts";

/** Somebody who can be told, as configured. Keys, URLs and secrets are never logged or shown. */
export type Receiver = {
  readonly name: string;
  /** Name of the one that is told instead when this one cannot be. */
  readonly fallback: string | undefined;
  /** How its messages are worded, where it is not as everywhere. */
  readonly template?: MessageTemplate | undefined;
} & (
  | { readonly type: "pagerduty"; readonly routingKey: string }
  | {
      readonly type: "slack";
      readonly channel: string;
      /** Whether the thread of a message shows how the budget burns; left out: as everywhere. */
      readonly picture?: boolean;
    }
  | {
      readonly type: "webhook";
      readonly url: string;
      /** Signs what is sent. */
      readonly secret: string | undefined;
      readonly format: "noroshi" | "cloudevents";
    }
  | { readonly type: "email"; readonly to: readonly string[] }
  | { readonly type: "log" }
);

/** What stays with the episode of a receiver. */
export function choiceOf(receiver: Receiver): ReceiverChoice {
  return { receiver: receiver.name, receiverType: receiver.type, address: addressOf(receiver) };
}

function addressOf(receiver: Receiver): string {
  switch (receiver.type) {
    case "pagerduty":
      return receiver.routingKey;
    case "slack":
      return receiver.channel;
    case "webhook":
      return receiver.url;
    case "email":
      return receiver.to.join(", ");
    case "log":
      return "";
  }
}
