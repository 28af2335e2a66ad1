import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../model/time.ts";
import { loadSpecs } from "./load-specs.ts";

const spec = (timeWindow: string): string => `apiVersion: openslo/v1
kind: SLO
metadata: {name: payment-availability}
spec:
  service: payment
  budgetingMethod: Occurrences
  timeWindow: ${timeWindow}
  indicator:
    metadata: {name: payment-non-5xx}
    spec:
      ratioMetric:
        good: {metricSource: {type: traces, spec: {query: '{ span.http.response.status_code < 500 }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}
  objectives: [{target: 0.999}]
`;
const load = (timeWindow: string) => loadSpecs([{ path: "a.yaml", text: spec(timeWindow) }]);
const told = (timeWindow: string): readonly string[] =>
  load(timeWindow).diagnostics.map((d) => `${d.severity} ${d.path}: ${d.message} -> ${d.hint}`);
const calendar = (duration: string, start = "2022-01-01 12:00:00", zone = "America/New_York"): string =>
  `[{duration: ${duration}, calendar: {startTime: ${start}, timeZone: ${zone}}, isRolling: false}]`;

describe("timeWindow with a calendar", () => {
  it.each([
    ["1d", "day", 1, DAY_MS],
    ["2w", "day", 14, 14 * DAY_MS],
    ["366d", "day", 366, 366 * DAY_MS],
    ["1M", "month", 1, 30 * DAY_MS],
    ["2Q", "month", 6, 180 * DAY_MS],
    ["1Y", "month", 12, 365 * DAY_MS],
    ["12h", "ms", 12 * HOUR_MS, 12 * HOUR_MS],
  ])("of %s is periods of that length", (duration, unit, count, nominalMs) => {
    const { slos, diagnostics } = load(calendar(duration));
    expect(diagnostics).toEqual([]);
    expect(slos[0]).toMatchObject({
      window: {
        kind: "calendar",
        unit,
        count,
        startsAt: Date.UTC(2022, 0, 1, 12),
        timeZone: "America/New_York",
      },
      windowMs: nominalMs,
    });
  });

  it("fits the default alerts to the nominal length", () => {
    const [slo] = load(calendar("1M")).slos;
    expect(slo!.alerts.flatMap(({ tiers }) => tiers.map(({ burnThreshold }) => burnThreshold))).toEqual([
      14.4, 6, 3, 1,
    ]);
  });

  it("may leave isRolling out", () => {
    const { slos } = load("[{duration: 1w, calendar: {startTime: 2024-01-01 00:00:00, timeZone: UTC}}]");
    expect(slos[0]!.window.kind).toBe("calendar");
  });

  it.each([
    [
      calendar("1M", "2022-01-01"),
      'error spec.timeWindow[0].calendar.startTime: "2022-01-01" is not a start time -> write date and time without a zone: "2022-01-01 00:00:00"',
    ],
    [
      calendar("1M", "2022-02-30 00:00:00"),
      'error spec.timeWindow[0].calendar.startTime: "2022-02-30 00:00:00" is not a start time -> write date and time without a zone: "2024-01-01 00:00:00"',
    ],
    [
      calendar("1M", '"2022-01-01T12:00:00Z"'),
      'error spec.timeWindow[0].calendar.startTime: "2022-01-01T12:00:00Z" is not a start time -> write date and time without a zone: "2022-01-01 12:00:00"',
    ],
    [
      calendar("1M", "2022-01-01 12:00:00", "Europe/Berlyn"),
      'error spec.timeWindow[0].calendar.timeZone: "Europe/Berlyn" is not a time zone -> did you mean "Europe/Berlin"?',
    ],
    [
      calendar("1M", "2022-01-01 12:00:00", '"+02:00"'),
      'error spec.timeWindow[0].calendar.timeZone: "+02:00" is not a time zone -> write a name of the IANA Time Zone Database, e.g. Europe/Berlin or UTC',
    ],
    [
      "[{duration: 1M, isRolling: false}]",
      'error spec.timeWindow[0].calendar: calendar is missing -> write calendar: {startTime: "2024-01-01 00:00:00", timeZone: Europe/Berlin}, or isRolling: true',
    ],
    [
      "[{duration: 1M, isRolling: false, calendar: {startTime: 2022-01-01 12:00:00}}]",
      "error spec.timeWindow[0].calendar.timeZone: timeZone is missing -> write timeZone: UTC, or e.g. Europe/Berlin",
    ],
    [
      "[{duration: 30d, isRolling: true, calendar: {startTime: 2022-01-01 12:00:00, timeZone: UTC}}]",
      "error spec.timeWindow[0].calendar: calendar stands beside isRolling: true -> remove calendar",
    ],
    [calendar("1m"), "warning spec.timeWindow[0].duration: 1m is 1 minute -> if 1 month is meant, write 1M"],
  ])("is told what is wrong: %s", (timeWindow, line) => {
    expect(told(timeWindow)).toContain(line);
    expect(load(timeWindow).slos).toHaveLength(line.startsWith("error") ? 0 : 1);
  });
});

describe("an SLO without timeWindow", () => {
  it("has a rolling one of 30 days, and says so", () => {
    const text = spec("x").replace("  timeWindow: x\n", "");
    const { slos, diagnostics } = loadSpecs([{ path: "a.yaml", text }]);
    expect(slos[0]!.window).toEqual({ kind: "rolling", ms: 30 * DAY_MS });
    expect(diagnostics.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      "warning timeWindow is missing; a rolling one of 30 days is taken",
    ]);
  });
});
