import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSpecs } from "../../spec/load-specs.ts";
import { SCENARIOS } from "./scenarios.ts";
import { simTimeAt } from "./sim-clock.ts";
import { SPECS_DIRECTORY } from "./service-process.ts";
import { DEFAULT_SPEED, MAX_SPEED, clockFor, timelineAt } from "./timeline.ts";

const specs = loadSpecs(
  readdirSync(SPECS_DIRECTORY).map((name) => ({
    path: name,
    text: readFileSync(join(SPECS_DIRECTORY, name), "utf8"),
  })),
);

describe("the example specs", () => {
  it("load without an error or a warning", () => {
    expect(specs.diagnostics).toEqual([]);
    expect(specs.files.length).toBeGreaterThanOrEqual(8);
    expect(specs.slos.length).toBeGreaterThanOrEqual(10);
  });

  it("name an owner and a runbook", () => {
    for (const slo of specs.slos) {
      expect(slo.owner).toMatch(/^[a-z]+$/);
      expect(slo.runbookUrl).toMatch(/^https:\/\/runbooks\.example\//);
    }
  });
});

describe("scenarios", () => {
  it.each(SCENARIOS)("$name follows an SLO that pages and writes tickets", ({ sloName }) => {
    const slo = specs.slos.find(({ name }) => name === sloName);
    expect(slo?.alerts.map(({ severity }) => severity)).toEqual(["critical", "warning"]);
  });
});

describe("the timeline", () => {
  it.each([1, 60, DEFAULT_SPEED, MAX_SPEED])("stays behind the present to the end at speed %d", (speed) => {
    const startMs = 1_700_000_000_000;
    const { healthyMs, faultLimitMs, recoveryLimitMs } = timelineAt(speed);
    const endMs = startMs + healthyMs + faultLimitMs + recoveryLimitMs;
    const clock = clockFor(speed, startMs);
    expect(simTimeAt(clock, endMs)).toBe(clock.simStartMs + (endMs - startMs) * speed);
  });

  it("fits into 90 seconds at the default speed, with 15 seconds for the start", () => {
    const { healthyMs, faultMs, ticketResolvesMs } = timelineAt(DEFAULT_SPEED);
    expect(healthyMs + faultMs + ticketResolvesMs).toBeLessThanOrEqual(75_000);
  });
});
