import { describe, expect, it } from "vitest";
import type { Slo } from "../slo/slo.ts";
import { parseMatcher, type LabelMatcher } from "./label-matcher.ts";
import { previewSilence } from "./preview-silence.ts";
import { sampleEpisode } from "./sample-episode.ts";

function slo(name: string, service: string, changes: Partial<Slo> = {}): Slo {
  const alerts = [
    { key: "critical", severity: "critical", tiers: [{ name: "page-quick" }, { name: "page-slow" }] },
    { key: "warning", severity: "warning", tiers: [{ name: "ticket-slow" }] },
  ];
  return {
    name,
    service,
    owner: "payments",
    labels: { team: ["pay"] },
    alerts,
    ...changes,
  } as unknown as Slo;
}

const SLOS = [slo("payment-availability", "payment"), slo("ledger-availability", "ledger")];
const matchers = (...texts: readonly string[]): LabelMatcher[] =>
  texts.map((text) => {
    const read = parseMatcher(text);
    if (!read.ok) throw new Error(read.problem);
    return read.matcher;
  });
const preview = (...texts: readonly string[]) => previewSilence(matchers(...texts), [sampleEpisode()], SLOS);

describe("previewSilence", () => {
  it("names open episodes, and of each SLO the alerts that fit", () => {
    const found = preview("service=payment", "severity=critical");
    expect(found.episodes.map(({ id }) => id)).toEqual([sampleEpisode().id]);
    expect(found.slos).toEqual([{ name: "payment-availability", alerts: ["critical"], all: false }]);
    expect(found.warnings).toEqual([]);
    expect(preview("team=pay", "slo!=payment-availability").slos).toEqual([
      { name: "ledger-availability", alerts: ["critical", "warning"], all: true },
    ]);
  });

  it("says where one tier of an alert fits, that not every alert does", () => {
    expect(preview("tier=page-slow", "slo=ledger-availability").slos).toEqual([
      { name: "ledger-availability", alerts: ["critical"], all: false },
    ]);
  });

  it("warns of one that fits everything", () => {
    expect(preview('slo=~".*"').warnings).toEqual([
      "it fits every alert of every SLO: nobody is told of anything while it lasts",
    ]);
  });

  it("warns of one that fits nothing, and of what is probably misspelt", () => {
    expect(preview("servce=payment", "service=paymnt").warnings).toEqual([
      "it fits no SLO and no open alert now",
      'no alert has a label "servce": did you mean "service"?',
      'no alert has service="paymnt": did you mean "payment"?',
    ]);
    expect(preview("service=payment", "slo=ledger-availability").warnings).toEqual([
      "it fits no SLO and no open alert now",
    ]);
  });

  it("warns of nothing where nothing is known yet", () => {
    expect(previewSilence(matchers("service=payment"), [], []).warnings).toEqual([
      'no alert has service="payment"',
    ]);
  });
});
