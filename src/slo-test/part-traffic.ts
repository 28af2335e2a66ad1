import type { CountTimeline } from "../replay/count-timeline.ts";
import { trafficCounts } from "../replay/traffic.ts";
import type { Slo } from "../slo/slo.ts";
import type { TestCase } from "./test-case.ts";

/** Names of the parts of a composite; none of other SLOs. */
export function partNames({ indicator }: Slo): readonly string[] {
  return indicator.source === "composite" ? indicator.parts.map(({ name }) => name) : [];
}

/** The events of each part of the SLO: those of the case, unless a step says otherwise for the part. */
export function partTraffic({ slo, startMs, steps }: TestCase): readonly CountTimeline[] {
  const names = partNames(slo);
  if (names.length === 0) return [trafficCounts(startMs, steps)];
  return names.map((name) =>
    trafficCounts(
      startMs,
      steps.map((step) => ({ ...step, ...step.parts?.get(name) })),
    ),
  );
}
