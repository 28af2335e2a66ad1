import { describe, expect, it } from "vitest";
import { timestampMs } from "../model/time.ts";
import { judgeSlo } from "../slo/judge-slo.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { sloBody } from "./slo-body.ts";
import { sloSchema } from "./slo-schema.ts";

const AT = timestampMs(1_800_000_000_000);
const part = (name: string): string =>
  `indicator: {metadata: {name: ${name}}, spec: {ratioMetric: {` +
  `good: {metricSource: {type: traces, spec: {query: '{ name = "${name}" && status = ok }'}}}, ` +
  `total: {metricSource: {type: traces, spec: {query: '{ name = "${name}" }'}}}}}}`;
const SPEC = `apiVersion: openslo/v1
kind: SLO
metadata: {name: journey}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives:
    - {displayName: Cart, target: 0.99, compositeWeight: 3, ${part("cart")}}
    - {displayName: Search, target: 0.9, ${part("search")}}
`;
const [slo] = loadSpecs([{ path: "a.yaml", text: SPEC }]).slos;
const bodyOf = (totals: readonly number[]) => {
  const { indicator } = slo!;
  if (indicator.source !== "composite") throw new Error("no composite");
  const verdict = judgeSlo(
    slo!,
    (counted) => {
      const index = indicator.parts.findIndex((each) => each.indicator.id === counted.indicator.id);
      const total = totals[index]!;
      return { good: total * (index === 0 ? 0.99 : 1), total };
    },
    AT,
    () => 0,
  );
  return sloBody({ slo: slo!, verdict, coveredFromMs: 0, openEpisodes: [] });
};

describe("a composite in the API", () => {
  it("shows which part spent the budget", () => {
    const body = bodyOf([1_000, 500]);
    expect(sloSchema.parse(body)).toEqual(body);
    expect(body.indicator).toMatchObject({ source: "composite", kind: "composite" });
    expect(body.budget.remainingRatio).toBeCloseTo(0.25);
    expect(body.parts.map(({ name, target, weightRatio }) => [name, target, weightRatio])).toEqual([
      ["Cart", 0.99, 0.75],
      ["Search", 0.9, 0.25],
    ]);
    expect(body.parts[0]).toMatchObject({ sli: 0.99, badEvents: 10, totalEvents: 1_000 });
    expect(body.parts[0]!.spentRatio).toBeCloseTo(0.75);
    expect(body.parts[1]).toMatchObject({ sli: 1, spentRatio: 0, remainingRatio: 1 });
    expect(body.budget.coveredWeightRatio).toBe(1);
  });

  it("says which part is silent, and what that weighs", () => {
    const body = bodyOf([1_000, 0]);
    expect(body.budget.coveredWeightRatio).toBe(0.75);
    expect(body.budget.explanation).toContain('; nothing from "Search" (25 % of the weight)');
    expect(body.parts[1]).toMatchObject({ sli: null, spentRatio: null });
    expect(body.budget.remainingRatio).toBeCloseTo(0);
  });

  it("has its parts before anything is judged", () => {
    const body = sloBody({ slo: slo!, verdict: undefined, coveredFromMs: undefined, openEpisodes: [] });
    expect(body.parts.map(({ sli }) => sli)).toEqual([null, null]);
    expect(body.budget.explanation).toBe("stored events are still being counted");
  });
});
