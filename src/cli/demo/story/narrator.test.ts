import { describe, expect, it } from "vitest";
import type { SloBody } from "../../../api/slo-schema.ts";
import { SCENARIOS } from "../scenarios.ts";
import { createSimClock } from "../sim-clock.ts";
import { timelineAt } from "../timeline.ts";
import { tellEnding, tellNextSteps } from "./closing.ts";
import { createNarrator, tellOpening, tellReady } from "./narrator.ts";
import type { Notice } from "./notice.ts";
import { createTerminal } from "./terminal.ts";
import { displayWidth } from "./wrap-text.ts";

const START_MS = Date.UTC(2026, 0, 2, 12);
const CLOCK = createSimClock(START_MS, 600, 100_000);

const slo = (state: SloBody["state"], remainingRatio: number): SloBody =>
  ({
    name: "payment-availability",
    target: 0.9999,
    sli: 0.971,
    state,
    budget: { remainingRatio },
    burns: [{ windowMs: 3_600_000, burnRate: 330.4 }],
  }) as unknown as SloBody;

const notice = (
  change: Notice["change"],
  afterMs: number,
  receiver: Notice["receiver"] = "pagerduty",
): Notice => ({
  receiver,
  change,
  thread: "1",
  title: "Payments are available: budget burns 330 times too fast, none is left",
  details: ["severity: critical", "runbook: https://runbooks.example/payment/availability"],
  atMs: START_MS + afterMs,
});

/** Tells a whole story into a pipe. */
function story(scenario = SCENARIOS[0]!): string {
  let text = "";
  const terminal = createTerminal({ write: (part: string) => void (text += part) }, undefined);
  const narrator = createNarrator(terminal, scenario, CLOCK);
  tellOpening(terminal, scenario, 600);
  tellReady(terminal, "12 services", 230);
  narrator.healthy([slo("met", 1)]);
  narrator.injected(START_MS + 10_000);
  const notices = [
    notice("opened", 11_800),
    notice("opened", 12_000),
    notice("opened", 12_100, "slack"),
    notice("resolved", 21_000),
  ];
  for (const notice of notices.slice(0, 3)) narrator.received(notice);
  narrator.budgets([slo("breached", -295)]);
  narrator.relieved(START_MS + 16_000, timelineAt(600));
  narrator.progress(START_MS, "waiting", slo("met", 1));
  narrator.received(notices[3]!);
  tellEnding(terminal, {
    scenario,
    outcome: {
      paged: true,
      ticketed: true,
      openPages: 0,
      openTickets: 0,
      allResolved: true,
      alerts: 3,
      duplicates: 0,
    },
    notices,
    injectedMs: START_MS + 10_000,
    relievedMs: START_MS + 16_000,
    speed: 600,
    tookMs: 80_000,
  });
  tellNextSteps(terminal, scenario, "http://127.0.0.1:12345");
  return text;
}

describe("the story", () => {
  it("says what was injected, what was sent where, and how long it took, real and simulated", () => {
    const text = story();
    expect(text).toContain("FAULT INJECTED");
    expect(text).toMatch(/PAGERDUTY · incident {2}Payments are available/);
    expect(text.replace(/\s+/g, " ")).toContain("(1.8 s after the fault began, 18 min simulated)");
    expect(text).toContain("│ severity: critical");
    expect(text).toMatch(
      /payment-availability {2}99\.99 % +97\.1 % +spent 296 times over +330x +budget spent/,
    );
    expect(text).toContain("in about 5 s");
    expect(text).toContain("PagerDuty resolved     5.0 s after it ended (50 min simulated)");
  });

  it("shows the first incident in full and further ones in a line", () => {
    expect(story().match(/│ severity: critical/g)).toHaveLength(2);
    expect(story().match(/PAGERDUTY · incident/g)).toHaveLength(2);
  });

  it.each(SCENARIOS)(
    "is never wider than 100 columns and free of escape codes in a pipe: $name",
    (scenario) => {
      const text = story(scenario);
      expect(text).not.toContain("\u001B");
      for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(100);
    },
  );
});
