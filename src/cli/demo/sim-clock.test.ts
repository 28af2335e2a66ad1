import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { createSimClock, formatSimClock, parseSimClock, simTimeAt } from "./sim-clock.ts";

const start = integer({ min: 1_500_000_000_000, max: 2_000_000_000_000 });
const speed = integer({ min: 1, max: 5_000 });
const duration = integer({ min: 0, max: 600_000 });
const elapsed = integer({ min: 0, max: 10_000_000 });

describe("the simulated clock", () => {
  it("never shows a future time and never steps back", () => {
    assert(
      property(start, speed, duration, elapsed, elapsed, (real, speed, duration, a, b) => {
        const clock = createSimClock(real, speed, duration);
        const [early, late] = [Math.min(a, b), Math.max(a, b)];
        expect(simTimeAt(clock, real + early)).toBeLessThanOrEqual(simTimeAt(clock, real + late));
        expect(simTimeAt(clock, real + late)).toBeLessThanOrEqual(real + late);
      }),
    );
  });

  it("runs at its speed until it has caught up, then at the real pace", () => {
    assert(
      property(start, speed, duration, elapsed, (real, speed, duration, elapsed) => {
        const clock = createSimClock(real, speed, duration);
        const at = simTimeAt(clock, real + elapsed);
        expect(at).toBe(elapsed >= duration ? real + elapsed : clock.simStartMs + elapsed * speed);
      }),
    );
  });

  it("is the real clock at speed 1", () => {
    expect(simTimeAt(createSimClock(1_700_000_000_000, 1, 90_000), 1_700_000_012_345)).toBe(
      1_700_000_012_345,
    );
  });

  it("travels to another process unchanged", () => {
    assert(
      property(start, speed, duration, (real, speed, duration) => {
        const clock = createSimClock(real, speed, duration);
        expect(parseSimClock(formatSimClock(clock))).toEqual(clock);
      }),
    );
  });

  it.each(["", "1,2", "1,2,3,4", "a,b,c", "1,2,0.5", "1,2,NaN"])("refuses %j", (text) => {
    expect(parseSimClock(text)).toBeUndefined();
  });

  it("refuses to run slower than the real clock", () => {
    expect(() => createSimClock(0, 0.5, 1)).toThrow("at least 1");
  });
});
