import { describe, expect, it } from "vitest";
import type { EpisodeBody } from "../../../api/episode-schema.ts";
import { disappointments } from "./closing.ts";
import { SCENARIOS } from "../scenarios.ts";
import type { Notice } from "./notice.ts";
import { outcomeOf } from "./outcome.ts";

const episode = (id: string, severity: EpisodeBody["severity"], state: EpisodeBody["state"]): EpisodeBody =>
  ({
    id,
    dedupKey: `noroshi:${id}`,
    sloName: "payment-availability",
    severity,
    state,
    firedAt: state === "pending" ? null : "2026-01-01T00:00:00Z",
  }) as EpisodeBody;

const notice = (
  receiver: Notice["receiver"],
  change: Notice["change"],
  thread: string,
  details: string[] = [],
): Notice => ({
  receiver,
  change,
  thread,
  title: "",
  details,
  atMs: 0,
});

const OPENED = [
  notice("pagerduty", "opened", "noroshi:1"),
  notice("slack", "opened", "17.5", ["alert warning · episode 2"]),
];
const CLOSED = [...OPENED, notice("pagerduty", "resolved", "noroshi:1"), notice("slack", "replied", "17.5")];
const SCENARIO = SCENARIOS[0]!;

describe("the outcome", () => {
  it("is good when everything that fired reached its receiver and is over", () => {
    const episodes = [episode("1", "critical", "resolved"), episode("2", "warning", "resolved")];
    const outcome = outcomeOf("payment-availability", episodes, CLOSED);
    expect(outcome).toEqual({
      paged: true,
      ticketed: true,
      openPages: 0,
      openTickets: 0,
      allResolved: true,
      alerts: 2,
      duplicates: 0,
    });
    expect(disappointments({ scenario: SCENARIO, outcome })).toEqual([]);
  });

  it("waits for both receivers to hear that it is over", () => {
    const episodes = [episode("1", "critical", "resolved"), episode("2", "warning", "resolved")];
    const outcome = outcomeOf("payment-availability", episodes, [...OPENED, CLOSED[2]!]);
    expect(outcome).toMatchObject({ allResolved: false, openPages: 0, openTickets: 1 });
    expect(disappointments({ scenario: SCENARIO, outcome })).toEqual([
      "1 alerts in Slack were not resolved in time.",
    ]);
  });

  it("does not take silence for success", () => {
    const outcome = outcomeOf("payment-availability", [], []);
    expect(outcome.allResolved).toBe(false);
    expect(disappointments({ scenario: SCENARIO, outcome })).toEqual([
      "PagerDuty got no critical alert for payment-availability.",
      "Slack got no message about payment-availability.",
    ]);
  });

  it("counts an incident of another SLO as nothing for this one", () => {
    const outcome = outcomeOf("ledger-writes", [episode("1", "critical", "firing")], OPENED);
    expect(outcome.paged).toBe(false);
  });
});
