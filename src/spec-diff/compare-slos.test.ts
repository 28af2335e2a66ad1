import { describe, expect, it } from "vitest";
import { availabilitySpec } from "../../test/acceptance/spans.ts";
import type { Slo } from "../slo/slo.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { compareSlos, judgedAlike } from "./compare-slos.ts";

function load(text: string): Slo {
  const { slos, diagnostics } = loadSpecs([{ path: "a.yaml", text }]);
  if (slos[0] === undefined) throw new Error(JSON.stringify(diagnostics));
  return slos[0];
}
const WRITTEN = availabilitySpec("payment");
const BEFORE = load(WRITTEN);
const changed = (what: string | RegExp, by: string) => load(WRITTEN.replace(what, by));
const texts = (after: Slo) =>
  compareSlos(BEFORE, after).map(({ field, before, after }) => `${field}: ${before} > ${after}`);

describe("the fields in which SLOs differ", () => {
  it("are none where only the place or the order differs", () => {
    expect(texts(load(`# a line\n${WRITTEN}`))).toEqual([]);
  });

  it.each([
    [/target: .*\}/, "target: 0.9}", ["target: 99.9 % > 90 %"]],
    ["< 500", "< 400", [expect.stringMatching(/^indicator\.good: .*< 500.* > .*< 400/)]],
    ["noroshi.dev/owner: payment", "noroshi.dev/owner: b", ["owner: payment > b"]],
    ["noroshi.dev/owner: payment, ", "", ["owner: payment > "]],
    ["annotations: {", "annotations: {a: b, ", ["annotations.a:  > b"]],
    ["annotations: {", "labels: {tier: [one, two]}\n  annotations: {", ["labels.tier:  > one, two"]],
    ["annotations: {", 'annotations: {noroshi.dev/min-events: "20", ', ["min-events: 1 > 20"]],
    [
      "annotations: {",
      'annotations: {noroshi.dev/low-traffic-confidence: "off", ',
      ["low traffic: 95 % certain below 10 bad events > the burn rate decides alone"],
    ],
    ["service: payment", "service: pay", ["service: payment > pay"]],
  ])("%s by %s", (what, by, expected) => {
    expect(texts(changed(what, by))).toEqual(expected);
  });

  it("name the window, and what it makes of the alerts, one by one", () => {
    const [window, ...alerts] = texts(changed("duration: 30d", "duration: 7d"));
    expect(window).toBe("time window: 30d > 7d");
    expect(alerts[0]).toMatch(/^alerts\.critical: page-quick 1h\/5m x14\.4.* > page-quick /);
  });

  it("of slices say how they are judged", () => {
    const slices = load(
      WRITTEN.replace("Occurrences", "Timeslices").replace(
        "target: 0.999",
        "target: 0.999, timeSliceTarget: 0.95, timeSliceWindow: 1m",
      ),
    );
    expect(texts(slices)).toEqual(["budgeting method: events > slices of 1m, good from 95 % on"]);
  });

  it("of composites are told part by part", () => {
    const part = { indicator: BEFORE.indicator, method: BEFORE.method, target: 0.9, weight: 1 };
    const composite = (weight: number): Slo =>
      ({
        ...BEFORE,
        indicator: {
          id: `c${weight}`,
          source: "composite",
          parts: [
            { ...part, name: "a" },
            { ...part, name: "b", weight },
          ],
        },
      }) as Slo;
    expect(compareSlos(composite(1), composite(2))).toEqual([
      {
        field: "indicator.b",
        before: expect.stringMatching(/^90 % of events, weight 1: total \{/) as string,
        after: expect.stringMatching(/^90 % of events, weight 2: total \{/) as string,
      },
    ]);
  });
});

describe("SLOs are judged alike", () => {
  it("where only what people read differs", () => {
    expect(judgedAlike(BEFORE, changed("noroshi.dev/owner: payment", "noroshi.dev/owner: b"))).toBe(true);
    expect(judgedAlike(BEFORE, changed("annotations: {", "annotations: {a: b, "))).toBe(true);
    expect(judgedAlike(BEFORE, changed(/target: .*\}/, "target: 0.9}"))).toBe(false);
  });
});
