import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { labelValue, labelsText } from "../model/labels.ts";
import { DAY_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { fakeSlo, fakeVerdict } from "./fake-slos.ts";
import { sloSamples } from "./slo-samples.ts";
import type { SloSample, WindowCounts } from "./slo-samples.ts";

const AT = 1_800_000_000_000;
const texts = (samples: readonly SloSample[]) =>
  new Map(samples.map(({ labels, value }) => [labelsText(labels), value]));
const IDS =
  'sloth_id="payment-payment-availability", sloth_service="payment", sloth_slo="payment-availability"';

describe("recorded series of an SLO", () => {
  it("are Sloth's and our own, with the values of the verdict", () => {
    const verdict = fakeVerdict(
      fakeSlo({ labels: { team: ["a", "b"], "app/name": ["x"] } }),
      (windowMs) => (windowMs === 5 * MINUTE_MS ? { good: 99, total: 100 } : { good: 9_995, total: 10_000 }),
      AT,
    );
    const samples = texts(sloSamples([verdict]));
    const common = `${IDS}, team="a,b"`;
    const windowed = (window: string) =>
      `slo:sli_error:ratio_rate${window}{${IDS}, sloth_window="${window}", team="a,b"}`;
    expect(samples.get(windowed("5m"))).toBeCloseTo(0.01);
    for (const window of ["30m", "1h", "2h", "6h", "1d", "3d", "30d"]) {
      expect(samples.get(windowed(window))).toBeCloseTo(0.0005);
    }
    expect(samples.get(`slo:objective:ratio{${common}}`)).toBe(0.999);
    expect(samples.get(`slo:error_budget:ratio{${common}}`)).toBe(0.001);
    expect(samples.get(`slo:time_period:days{${common}}`)).toBe(30);
    expect(samples.get(`slo:current_burn_rate:ratio{${common}}`)).toBeCloseTo(10);
    expect(samples.get(`slo:period_burn_rate:ratio{${common}}`)).toBeCloseTo(0.5);
    expect(samples.get(`slo:period_error_budget_remaining:ratio{${common}}`)).toBeCloseTo(0.5);
    expect(
      samples.get(
        `sloth_slo_info{sloth_id="payment-payment-availability", sloth_mode="noroshi", sloth_objective="99.9", ` +
          `sloth_service="payment", sloth_slo="payment-availability", sloth_spec="openslo/v1", sloth_version="noroshi", team="a,b"}`,
      ),
    ).toBe(1);
    const own = 'service="payment", slo="payment-availability"';
    expect(samples.get(`noroshi_slo_objective_ratio{${own}}`)).toBe(0.999);
    expect(samples.get(`noroshi_slo_error_budget_remaining_ratio{${own}}`)).toBeCloseTo(0.5);
    expect(samples.get(`noroshi_slo_burn_rate{${own}, window="5m"}`)).toBeCloseTo(10);
    expect(samples.get(`noroshi_slo_burn_rate{${own}, window="30d"}`)).toBeCloseTo(0.5);
    expect(samples.size).toBe(8 + 7 + 2 + 8);
  });

  it("are none where there is no data, but for what the SLO itself says", () => {
    const samples = sloSamples([fakeVerdict(fakeSlo(), { good: 0, total: 0 }, AT)]);
    expect(samples.map(({ labels }) => labelValue(labels, "__name__"))).toEqual([
      "slo:objective:ratio",
      "slo:error_budget:ratio",
      "slo:time_period:days",
      "sloth_slo_info",
      "noroshi_slo_objective_ratio",
    ]);
  });

  it("have the windows that the verdict has, and others where they are known", () => {
    const slo = fakeSlo({ windowMs: durationMs(7 * DAY_MS), alerts: [] });
    const verdict = fakeVerdict(slo, { good: 9, total: 10 }, AT);
    const windows = (counts?: WindowCounts) =>
      sloSamples([verdict], counts)
        .map(({ labels }) => labelValue(labels, "sloth_window"))
        .filter((window) => window !== "");
    expect(windows()).toEqual(["7d"]);
    expect(
      windows((id, windowMs) =>
        id === slo.indicator.id && windowMs <= DAY_MS ? { good: 1, total: 1 } : undefined,
      ),
    ).toEqual(["5m", "30m", "1h", "2h", "6h", "1d", "7d"]);
  });

  it("of a calendar window go by its nominal length, however far the period is", () => {
    const window = {
      kind: "calendar" as const,
      unit: "month" as const,
      count: 1,
      startsAt: 0,
      timeZone: "UTC",
    };
    const slo = fakeSlo({ window });
    const samples = [AT, AT + 5 * DAY_MS].map((at) =>
      sloSamples([fakeVerdict(slo, { good: 9, total: 10 }, at)]),
    );
    const names = samples.map((list) => list.map(({ labels }) => labels));
    expect(names[1]).toEqual(names[0]);
    expect(names[0]!.map((labels) => labelValue(labels, "sloth_window"))).toContain("30d");
  });

  it("of slices of time are made of slices alone, not of the events of other windows", () => {
    const slo = fakeSlo({ method: { kind: "ratio-timeslices", sliceMs: durationMs(60_000) }, alerts: [] });
    const verdict = fakeVerdict(slo, { good: 9.5, total: 10 }, AT);
    const windows = sloSamples([verdict], () => ({ good: 1, total: 1 }))
      .map(({ labels }) => labelValue(labels, "sloth_window"))
      .filter((window) => window !== "");
    expect(windows).toEqual(["30d"]);
  });

  it("are never NaN or infinite, whatever the counts", () => {
    const count = fc.oneof(fc.double(), fc.nat(1_000));
    fc.assert(
      fc.property(count, count, fc.constantFrom(0, 0.5, 0.9999), (good, total, target) => {
        const counts = { good: good || 0, total: total || 0 };
        fc.pre(Number.isFinite(counts.good) && Number.isFinite(counts.total));
        const samples = sloSamples([fakeVerdict(fakeSlo({ target }), counts, AT)]);
        expect(samples.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
      }),
    );
  });
});

const SLOTH = "../shared/corpora/slo/sloth/examples/_gen/getting-started.yml";
describe.skipIf(!existsSync(SLOTH))(
  `compared with Sloth's rules (skipped where there is no ${SLOTH})`,
  () => {
    it("have every recorded name, with the same labels of Sloth", () => {
      const rules = parseAllDocuments(readFileSync(SLOTH, "utf8"))
        .flatMap(
          (document) => (document.toJS() as { groups?: { rules: SlothRule[] }[] } | null)?.groups ?? [],
        )
        .flatMap(({ rules }) => rules)
        .filter(({ record }) => record !== undefined);
      const shape = (name: string, labels: readonly string[]): string =>
        `${name} ${labels
          .filter((label) => label.startsWith("sloth_"))
          .sort()
          .join(" ")}`;
      const theirs = rules.map(({ record, labels }) => shape(record!, Object.keys(labels)));
      const ours = sloSamples([fakeVerdict(fakeSlo(), { good: 9, total: 10 }, AT)])
        .filter(({ labels }) => labelValue(labels, "sloth_id") !== "")
        .map(({ labels }) =>
          shape(
            labelValue(labels, "__name__"),
            labels.filter((_, i) => i % 2 === 0),
          ),
        );
      expect(new Set(ours)).toEqual(new Set(theirs));
    });
  },
);

interface SlothRule {
  readonly record?: string;
  readonly labels: Readonly<Record<string, string>>;
}
