import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { webhookBody, type FakeIncidentEvent } from "./fake-webhooks.ts";
import { readPagerDutyWebhook } from "./read-webhook.ts";

const EPISODE = "019770a1-0000-7000-8000-000000000001";
const read = (changes: Partial<FakeIncidentEvent>, webhookId?: string) =>
  readPagerDutyWebhook(
    JSON.parse(
      webhookBody({
        type: "incident.acknowledged",
        dedupKey: `noroshi:${EPISODE}`,
        atMs: 1_750_000_000_123,
        eventId: "E1",
        ...changes,
      }),
    ),
    webhookId,
  );

describe("a webhook of PagerDuty's", () => {
  it("says who did what to which episode, and when", () => {
    expect(read({}, "W1")).toEqual({
      episodeId: EPISODE,
      eventType: "incident.acknowledged",
      webhookIds: ["pagerduty-event:E1", "pagerduty:W1"],
      request: {
        kind: "acknowledge",
        actor: "pagerduty:Bob Ops",
        at: 1_750_000_000_123,
        remote: {
          by: "Bob Ops",
          assignees: ["Bob Ops"],
          url: "https://acme.pagerduty.example/incidents/PGR0VU2",
        },
      },
    });
  });

  it.each([
    ["incident.unacknowledged", "unacknowledge"],
    ["incident.resolved", "close"],
    ["incident.reopened", "reopen"],
    ["incident.triggered", "reopen"],
    ["incident.reassigned", "assign"],
    ["incident.delegated", "assign"],
    ["incident.escalated", "assign"],
  ])("%s is %s", (type, kind) => {
    expect(read({ type })).toMatchObject({ request: { kind } });
  });

  it("without a person is PagerDuty's own doing", () => {
    expect(read({ by: null })).toMatchObject({ request: { actor: "pagerduty", remote: { by: null } } });
  });

  it("that comes of what Noroshi sent, or is about other incidents, is ignored with a reason", () => {
    expect(read({ agentType: "events_api_v2_inbound_integration_reference" })).toHaveProperty("ignored");
    for (const type of ["incident.annotated", "incident.priority_updated", "constructor"])
      expect(read({ type })).toEqual({ ignored: "nothing follows from events of this type" });
    expect(read({ dedupKey: "noroshi:1" })).toEqual({ ignored: "the incident is not one of Noroshi's" });
  });

  it("may hold anything without harm", () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (body, id) => {
        expect(readPagerDutyWebhook(body, id)).toHaveProperty("ignored");
      }),
    );
  });
});
