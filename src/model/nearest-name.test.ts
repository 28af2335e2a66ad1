import { describe, expect, it } from "vitest";
import { nearestName, suggestName } from "./nearest-name.ts";

describe("nearestName", () => {
  it.each([
    ["objectivs", "objectives"],
    ["Objectives", "objectives"],
    ["tiemWindow", "timeWindow"],
    ["time_window", "timeWindow"],
    ["markdown", undefined],
    ["x", undefined],
  ])("takes %s for %s", (written, meant) => {
    expect(nearestName(written, ["objectives", "timeWindow", "service"])).toBe(meant);
  });

  it("lists what is known when nothing is near", () => {
    expect(suggestName("markdown", ["service", "target"])).toBe("known here: service, target");
    expect(suggestName("taget", ["service", "target"])).toBe('did you mean "target"?');
  });
});
