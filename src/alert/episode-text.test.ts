import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EpisodeFacts } from "./episode.ts";
import { episodeDetails, episodeSummary, nextStep, utc } from "./episode-text.ts";
import type { EpisodeNews } from "./episode-text.ts";
import { SAMPLE_FACTS } from "./sample-episode.ts";

const STARTED = Date.UTC(2026, 0, 31, 3, 4, 5);

function news(changes: Partial<EpisodeNews> = {}, facts: Partial<EpisodeFacts> = {}): EpisodeNews {
  return {
    action: "trigger",
    facts: { ...SAMPLE_FACTS, ...facts },
    startedAtMs: STARTED,
    atMs: STARTED,
    resolution: null,
    ...changes,
  };
}

const resolved = (resolution: EpisodeNews["resolution"]) =>
  news({ action: "resolve", atMs: STARTED + 720_000, resolution });

describe("episode summary", () => {
  it("tells a tired person what burns, how fast, what is left and for how long", () => {
    expect(episodeSummary(news())).toBe(
      "payment-availability: error budget burning 52x too fast (page-quick), 31 % left, gone in 4 h 10 min",
    );
  });

  it.each<[string, Partial<EpisodeFacts>, string]>([
    ["a spent budget", { budgetRemainingRatio: 0, exhaustedInMs: 0 }, "(page-quick), error budget spent"],
    [
      "an overspent budget",
      { budgetRemainingRatio: -0.25, exhaustedInMs: 0 },
      "(page-quick), error budget overspent by 25 %",
    ],
    ["a slow burn", { shortBurnRate: null, longBurnRate: 1.25 }, "burning 1.3x too fast"],
    ["a budget that does not run out", { exhaustedInMs: null }, "(page-quick), 31 % left"],
  ])("words %s", (_name, facts, expected) => {
    expect(episodeSummary(news({}, facts))).toContain(expected);
  });

  it("names the part of a composite that burns most, and lists the others", () => {
    const part = (name: string, burnRate: number | null) => ({ name, burnRate, spentRatio: null });
    const parts = [part("checkout", 300), part("search", 0.2), part("queue", null)];
    expect(episodeSummary(news({}, { parts }))).toContain("52x too fast, mostly by checkout (page-quick)");
    expect(episodeSummary(news({}, { parts: [parts[0]!, parts[2]!] }))).toContain("fast, by checkout (");
    const details = new Map(episodeDetails(news({}, { parts })).map(({ name, value }) => [name, value]));
    expect(details.get("Parts")).toBe("checkout 300x, search 0.2x, queue no data");
    expect(details.has("Bad events")).toBe(false);
  });

  it("says of an alert with a floor that the burn is low", () => {
    const facts: Partial<EpisodeFacts> = {
      burnOperator: "lt",
      burnThreshold: 0.5,
      longBurnRate: 0.1,
      shortWindowMs: null,
      shortBurnRate: null,
    };
    expect(episodeSummary(news({}, facts))).toContain("error budget burning at only 0.1x (page-quick)");
    const burns = episodeDetails(news({}, facts)).find(({ name }) => name === "Burn rate");
    expect(burns!.value).toBe("0.1x over 1h (page-quick is below 0.5x)");
    expect(nextStep(news({}, facts))).toContain("burns slower than this alert expects");
  });

  it("says that it became worse", () => {
    expect(episodeSummary(news({ action: "update" }))).toContain("worse: error budget burning 52x");
  });

  it.each<[EpisodeNews["resolution"], string]>([
    ["recovered", "payment-availability: resolved after 12 min, 31 % of the error budget left"],
    ["no_traffic", "closed after 12 min because requests stopped"],
    ["slo_deleted", "closed after 12 min because its SLO was deleted"],
    ["alert_removed", "closed after 12 min because its alert was removed"],
  ])("tells the end: %s", (resolution, expected) => {
    expect(episodeSummary(resolved(resolution))).toContain(expected);
  });

  it("stays one short line whatever the facts are", () => {
    const number = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }));
    fc.assert(
      fc.property(
        fc.string({ maxLength: 2000 }),
        number,
        number,
        fc.constantFrom<EpisodeNews["action"][]>("trigger", "update", "resolve"),
        (sloName, ratio, rate, action) => {
          const facts = { sloName, budgetRemainingRatio: ratio, shortBurnRate: rate };
          const told = news({ action }, facts);
          const text = episodeSummary(told);
          expect(text.length).toBeLessThanOrEqual(512);
          expect(text).not.toMatch(/NaN|Infinity|undefined|null/);
          expect(JSON.stringify(episodeDetails(told))).not.toMatch(/NaN|Infinity|undefined|null/);
        },
      ),
    );
  });
});

describe("episode details", () => {
  it("gives the numbers behind the summary", () => {
    const details = Object.fromEntries(episodeDetails(news()).map(({ name, value }) => [name, value]));
    expect(details).toEqual({
      Service: "payment",
      Objective: "99.99 % over 30d",
      "Burn rate": "18.2x over 1h, 52.3x over 5m (page-quick is above 14.4x)",
      "Error budget": "31 % left, gone in 4 h 10 min",
      "Bad events": "182 of 100,000 in 1h",
      Since: "2026-01-31 03:04:05 UTC",
      Owner: "payments",
    });
  });

  it("leaves out what is not known and says how long it lasted", () => {
    const details = episodeDetails({ ...resolved("recovered"), facts: { ...SAMPLE_FACTS, owner: null } });
    expect(details.map(({ name }) => name)).not.toContain("Owner");
    expect(details.find(({ name }) => name === "Since")?.value).toBe("2026-01-31 03:04:05 UTC (12 min)");
  });
});

describe("next step", () => {
  it("names the runbook, or what to look for without one", () => {
    expect(nextStep(news())).toContain("Follow the runbook");
    expect(nextStep(news({}, { runbookUrl: null }))).toContain("what fails in payment");
    expect(nextStep(resolved("recovered"))).toBeUndefined();
    expect(nextStep(resolved("no_traffic"))).toContain("meant to be idle");
    expect(nextStep(resolved("slo_deleted"))).toContain("put it back");
    expect(nextStep(resolved("alert_removed"))).toContain("put it back");
  });
});

describe("utc", () => {
  it("agrees with the calendar", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
        expect(utc(date.getTime())).toBe(`${date.toISOString().slice(0, 19).replace("T", " ")} UTC`);
      }),
    );
  });

  it("makes no forecast of the budget once it is over", () => {
    const budgetOf = (told: EpisodeNews) =>
      episodeDetails(told).find(({ name }) => name === "Error budget")?.value;
    expect(budgetOf(news())).toBe("31 % left, gone in 4 h 10 min");
    expect(budgetOf(resolved("recovered"))).toBe("31 % left");
  });
});

describe("an alert about missing data", () => {
  it("says so, and asks to look at what is sent", () => {
    const facts = { noData: true, tier: "burns-no-data", longBurnRate: null, exhaustedInMs: null };
    const silent = news({}, facts);
    expect(episodeSummary(silent)).toBe("payment-availability: no data for 1 h (burns-no-data), 31 % left");
    expect(episodeDetails(silent).map(({ name }) => name)).not.toContain("Burn rate");
    expect(nextStep({ ...silent, facts: { ...silent.facts, runbookUrl: null } })).toBe(
      "See whether payment gets requests, and whether what it reports still arrives here.",
    );
  });
});

describe("facts of slices and calendar windows", () => {
  it("are named as such", () => {
    const facts = { sliceMs: 60_000, sloWindow: "calendar month (Europe/Berlin)" };
    const details = episodeDetails(news({}, facts));
    expect(details).toContainEqual({
      name: "Objective",
      value: "99.99 % over calendar month (Europe/Berlin)",
    });
    expect(details).toContainEqual({ name: "Bad slices of 1m", value: "182 of 100,000 in 1h" });
  });
});
