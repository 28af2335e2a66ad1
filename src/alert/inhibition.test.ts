import { describe, expect, it } from "vitest";
import { timestampMs } from "../model/time.ts";
import type { Episode } from "./episode.ts";
import { inhibiting, PAGE_MUTES_TICKET, type InhibitRule } from "./inhibition.ts";
import { muteOf, parseMute, printMute, SILENCE_ENDS } from "./mute.ts";
import { sampleEpisode } from "./sample-episode.ts";
import { sampleSilence } from "./sample-silence.ts";

const page = (changes: Partial<Episode> = {}): Episode => sampleEpisode({ id: "page", ...changes });
const ticket = (changes: Partial<Episode> = {}): Episode =>
  sampleEpisode({ id: "ticket", alertKey: "warning", severity: "warning", ...changes });
const by = (
  episode: Episode,
  open: readonly Episode[],
  rules: readonly InhibitRule[] = [PAGE_MUTES_TICKET],
) => inhibiting(episode, open, rules)?.id;

describe("inhibiting", () => {
  it("lets a firing page mute the tickets of its own SLO, and nothing else", () => {
    expect(by(ticket(), [page(), ticket()])).toBe("page");
    expect(by(page(), [page(), ticket()])).toBeUndefined();
    expect(by(ticket({ sloName: "ledger" }), [page()])).toBeUndefined();
    expect(by(page({ id: "other", alertKey: "policy/x" }), [page()])).toBeUndefined();
  });

  it.each(["pending", "resolved"] as const)("does not by a page that is %s", (state) => {
    expect(by(ticket(), [page({ state })])).toBeUndefined();
  });

  it("does nothing where there is no rule", () => {
    expect(by(ticket(), [page()], [])).toBeUndefined();
  });

  it("leaves problems of Noroshi itself alone: what they have in common is only their name", () => {
    const critical = page({ sloName: "noroshi", alertKey: "self/disk/full" });
    expect(by(ticket({ sloName: "noroshi", alertKey: "self/specs" }), [critical])).toBeUndefined();
  });

  it("names the one that fired first, in whatever order they are known", () => {
    const late = page({ id: "a-late", firedAt: timestampMs(page().firedAt! + 1) });
    expect(by(ticket(), [late, page()])).toBe("page");
    expect(by(ticket(), [page(), late])).toBe("page");
  });

  it("compares labels that must be equal; one that both lack is equal", () => {
    const rule: InhibitRule = {
      source: [{ label: "alert", operator: "=", value: "policy/dc-down" }],
      target: [{ label: "alert", operator: "!=", value: "policy/dc-down" }],
      equal: ["region"],
    };
    const inRegion = (episode: Episode, region: string): Episode => ({
      ...episode,
      facts: { ...episode.facts, labels: { region } },
    });
    const down = page({ alertKey: "policy/dc-down", sloName: "dc" });
    expect(by(inRegion(ticket(), "eu"), [inRegion(down, "eu")], [rule])).toBe("page");
    expect(by(inRegion(ticket(), "eu"), [inRegion(down, "us")], [rule])).toBeUndefined();
    expect(by(ticket(), [inRegion(down, "us")], [rule])).toBeUndefined();
    expect(by(ticket(), [down], [rule])).toBe("page");
  });

  it("lets no two mute one another, so that somebody hears", () => {
    const everything: InhibitRule = {
      source: [{ label: "severity", operator: "=~", value: ".*" }],
      target: [{ label: "severity", operator: "=~", value: ".*" }],
      equal: ["service"],
    };
    expect(by(ticket(), [page(), ticket()], [everything])).toBeUndefined();
    expect(by(page(), [page(), ticket()], [everything])).toBeUndefined();
  });
});

describe("muteOf", () => {
  const at = timestampMs(1_750_000_000_000);
  const silence = sampleSilence({ matchers: [{ label: "slo", operator: "=~", value: ".*" }] });
  const rules = { silences: [silence], inhibitRules: [PAGE_MUTES_TICKET], maintenanceOf: () => "file:db" };
  const mute = (episode: Episode, changes: Partial<typeof rules> = {}) => {
    const found = muteOf(episode, at, [page()], { ...rules, ...changes });
    return found && printMute(found);
  };

  it("says first what a person asked for, then maintenance, then the other alert", () => {
    expect(mute(ticket())).toBe("silence:s1");
    expect(mute(ticket(), { silences: [] })).toBe("maintenance:file:db");
    const none = { silences: [], maintenanceOf: () => undefined as unknown as string };
    expect(mute(ticket(), none)).toBe("inhibited:page");
    expect(mute(page(), none)).toBeUndefined();
  });

  it("keeps maintenance of SLOs away from problems of Noroshi itself", () => {
    expect(mute(ticket({ alertKey: "self/specs" }), { silences: [] })).toBeUndefined();
  });

  it("lets no silence swallow the reminder that a silence ends", () => {
    expect(mute(ticket({ alertKey: `self/${SILENCE_ENDS}/s1`, sloName: "noroshi" }))).toBeUndefined();
  });

  it("is read as it was written", () => {
    for (const text of ["silence:s1", "maintenance:file:db", "inhibited:page"])
      expect(printMute(parseMute(text)!)).toBe(text);
    expect(parseMute("else:x")).toBeUndefined();
  });
});
