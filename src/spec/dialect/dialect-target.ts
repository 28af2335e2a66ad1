import { report, type Place } from "../place.ts";

/**
 * The target of a percentage: 99.9 is 0.999. Reports what is none, and 100, which leaves no error budget; `above`: the
 * dialect wants more than 0.
 */
export function targetOfPercent(percent: number, place: Place, above?: "zero"): number | undefined {
  if (percent >= 0 && percent < 100 && !(above === "zero" && percent === 0)) {
    if (percent > 0 && percent < 1) {
      const meant = Number((percent * 100).toPrecision(15));
      report(
        place,
        "warning",
        `${percent} is less than one percent`,
        `if ${meant} % is meant, write ${meant}`,
      );
    }
    return Number((percent / 100).toPrecision(15));
  }
  const hint =
    percent === 100
      ? "all of everything leaves no error budget; write less, e.g. 99.99"
      : "write a percentage, e.g. 99.9";
  const least = above === undefined ? "at least" : "above";
  report(place, "error", `${percent} is not a target: ${least} 0 and below 100`, hint);
  return undefined;
}
