import { describe, expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

describe("the metrics about itself", () => {
  it("end in _total where they are counters, and nowhere else", async () => {
    const metrics = await createMetrics().registry.getMetricsAsJSON();
    expect(metrics.length).toBeGreaterThan(20);
    for (const { name, type, help } of metrics) {
      // prom-client gives the type by its name.
      expect({ name, isCounter: String(type) === "counter" }).toEqual({
        name,
        isCounter: name.endsWith("_total"),
      });
      expect(help).not.toBe("");
    }
  });
});
