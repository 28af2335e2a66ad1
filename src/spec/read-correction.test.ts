import { describe, expect, it } from "vitest";
import { keepLastGood } from "./keep-last-good.ts";
import { loadSpecs, type LoadedSpecs } from "./load-specs.ts";

const SLO = `apiVersion: openslo/v1
kind: SLO
metadata: {name: payment-availability, labels: {region: eu}}
spec:
  service: payment
  budgetingMethod: Occurrences
  indicator:
    metadata: {name: i}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: traces, spec: {query: '{ status = error }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  objectives: [{target: 0.99}]
`;

const correction = (spec: string, name = "maintenance"): string =>
  `apiVersion: noroshi.dev/v1\nkind: Correction\nmetadata: {name: ${name}}\nspec: {${spec}}\n`;
const load = (spec: string): LoadedSpecs =>
  loadSpecs([
    { path: "slo.yaml", text: SLO },
    { path: "correction.yaml", text: correction(spec) },
  ]);
const SOUND = "reason: database moves, author: ops, slos: [payment-*], start: 2026-10-24 22:00";

describe("a Correction document", () => {
  it("loads beside SLOs, once or by a rule", () => {
    const { corrections, slos, diagnostics } = load(
      `${SOUND}, end: 2026-10-25 06:00, timeZone: Europe/Berlin, rrule: "FREQ=WEEKLY;BYDAY=SA"`,
    );
    expect(diagnostics).toEqual([]);
    expect(slos).toHaveLength(1);
    expect(corrections).toEqual([
      {
        id: "file:maintenance",
        name: "maintenance",
        reason: "database moves",
        author: "ops",
        selects: { slos: ["payment-*"], services: [], labels: {} },
        schedule: {
          startMs: Date.parse("2026-10-24T20:00:00Z"),
          endMs: Date.parse("2026-10-25T05:00:00Z"),
          rrule: "FREQ=WEEKLY;BYDAY=SA",
          timeZone: "Europe/Berlin",
          ends: "clock",
        },
        origin: { kind: "file", location: { file: "correction.yaml", line: 1, column: 1 } },
      },
    ]);
  });

  it("takes one text in place of a list, a label, a length, and times with an offset", () => {
    const { corrections, diagnostics } = load(
      "reason: r, author: a, services: payment, labels: {region: e*}, start: 2026-10-24T22:00:00+02:00, duration: 1h30m",
    );
    expect(diagnostics).toEqual([]);
    expect(corrections[0]?.selects).toEqual({ slos: [], services: ["payment"], labels: { region: "e*" } });
    expect(corrections[0]?.schedule).toMatchObject({
      startMs: Date.parse("2026-10-24T20:00:00Z"),
      endMs: Date.parse("2026-10-24T21:30:00Z"),
      ends: "length",
    });
  });

  it.each([
    ["author: a, slos: [x], start: 2026-01-01, duration: 1h", "spec.reason", "reason is missing"],
    ["reason: r, slos: [x], start: 2026-01-01, duration: 1h", "spec.author", "author is missing"],
    ["reason: r, author: a, start: 2026-01-01, duration: 1h", "spec.slos", "slos is missing"],
    ["reason: r, author: a, slos: [x], duration: 1h", "spec.start", "start is missing"],
    ["reason: r, author: a, slos: [x], start: 2026-01-01", "spec.end", "end is missing"],
    [`${SOUND}, end: 2026-10-24 21:00`, "spec.end", "it ends before it begins"],
    [`${SOUND}, end: tomorrow`, "spec.end", '"tomorrow" is not a time'],
    [`${SOUND}, end: 2028-10-24`, "spec.end", "it lasts longer than 400 days"],
    [`${SOUND}, duration: 90 minutes`, "spec.duration", '"90 minutes" is not a length of time'],
    [`${SOUND}, duration: 1h, end: 2026-10-25`, "spec.duration", "end and duration stand beside each other"],
    [`${SOUND}, duration: 1h, timeZone: Europe/Berln`, "spec.timeZone", '"Europe/Berln" is not a time zone'],
    [`${SOUND}, duration: 1h, rrule: FREQ=DALY`, "spec.rrule", '"DALY" is no frequency'],
    [`${SOUND}, duration: 1h, repeat: daily`, "spec.repeat", 'unknown field "repeat"'],
    [`${SOUND}, duration: 1h, rule: FREQ=DAILY`, "spec.rule", 'unknown field "rule"'],
  ])("is refused with the field: %s", (spec, path, message) => {
    const { corrections, diagnostics } = load(spec);
    expect(corrections).toEqual([]);
    expect(
      diagnostics.map((diagnostic) => [diagnostic.severity, diagnostic.path, diagnostic.message]),
    ).toEqual([["error", path, message]]);
  });

  it("suggests what was meant", () => {
    expect(load(`${SOUND}, duration: 1h, timeZone: Europe/Berln`).diagnostics[0]?.hint).toBe(
      'did you mean "Europe/Berlin"?',
    );
    const [warning] = load(SOUND.replace("payment-*", "payment-availabilty") + ", duration: 1h").diagnostics;
    expect(warning).toMatchObject({
      severity: "warning",
      path: "spec.slos",
      message: "no SLO here fits, so nothing is corrected",
      hint: 'did you mean "payment-availability"?',
    });
    const typo = correction(`${SOUND}, duration: 1h`).replace("Correction", "Corection");
    expect(loadSpecs([{ path: "c.yaml", text: typo }]).diagnostics[0]?.hint).toBe("write kind: Correction");
  });

  it("stays in force while its file is broken, and goes with it", () => {
    const before = load(`${SOUND}, duration: 1h`);
    const broken = keepLastGood(before, load(`${SOUND}, duration: soon`));
    expect(broken.corrections).toEqual(before.corrections);
    expect(broken.files.find(({ path }) => path === "correction.yaml")?.stale).toBe(true);
    const gone = keepLastGood(before, loadSpecs([{ path: "slo.yaml", text: SLO }]));
    expect(gone.corrections).toEqual([]);
  });
});
