import { describe, expect, it } from "vitest";
import { chooseReceivers } from "./choose-receiver.ts";

const ROUTING_KEY = "0123456789abcdef0123456789ABCDEF";
const BOTH = {
  pagerduty: { routingKey: ROUTING_KEY },
  slack: { botToken: "xoxb-x", channel: "C0ALERTS" },
};
const NEITHER = {
  pagerduty: { routingKey: undefined },
  slack: { botToken: undefined, channel: undefined },
};
const LOG = [{ receiver: "log", receiverType: "log", address: "" }];

describe("choosing who is told", () => {
  it("pages for critical alerts and tells Slack of the rest", () => {
    expect(chooseReceivers("critical", BOTH)).toEqual([
      { receiver: "pagerduty", receiverType: "pagerduty", address: ROUTING_KEY },
    ]);
    expect(chooseReceivers("warning", BOTH)).toEqual([
      { receiver: "slack", receiverType: "slack", address: "C0ALERTS" },
    ]);
  });

  it("never drops an alert whose receiver is not configured, nor sends it to another one", () => {
    expect(chooseReceivers("critical", { ...BOTH, pagerduty: NEITHER.pagerduty })).toEqual(LOG);
    expect(chooseReceivers("warning", { ...BOTH, slack: NEITHER.slack })).toEqual(LOG);
    expect(chooseReceivers("warning", { ...BOTH, slack: { ...BOTH.slack, channel: undefined } })).toEqual(
      LOG,
    );
    expect(chooseReceivers("critical", NEITHER)).toEqual(LOG);
  });
});
