import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAdmission } from "./admission.ts";

const OVERHEAD = 4_096;

describe("admission", () => {
  it("refuses with 429 what does not fit, before and while it is read, and takes it once there is room", () => {
    const admission = createAdmission({
      maxBytesInFlight: 100_000,
      maxQueuedGroups: 1,
      queuedGroups: () => 0,
    });
    const first = admission.enter(60_000);
    if (first.kind === "refused") throw new Error();
    expect(admission.enter(60_000)).toMatchObject({ kind: "refused", status: 429, retryAfterMs: 1_000 });
    const second = admission.enter(0);
    if (second.kind === "refused") throw new Error();
    expect(second.ticket.grow(30_000)).toBe(true);
    expect(second.ticket.grow(30_000)).toBe(false);
    first.ticket.release();
    expect(second.ticket.grow(30_000)).toBe(true);
    second.ticket.release();
    second.ticket.release();
    expect(admission.bytesInFlight()).toBe(0);
  });

  it("charges announced bytes once", () => {
    const admission = createAdmission({
      maxBytesInFlight: 100_000,
      maxQueuedGroups: 1,
      queuedGroups: () => 0,
    });
    const entry = admission.enter(50_000);
    if (entry.kind === "refused") throw new Error();
    entry.ticket.grow(50_000);
    expect(admission.bytesInFlight()).toBe(50_000 + OVERHEAD);
    entry.ticket.grow(1);
    expect(admission.bytesInFlight()).toBe(50_001 + OVERHEAD);
  });

  it("refuses with 503 while too many groups wait for the store", () => {
    let queued = 4;
    const admission = createAdmission({
      maxBytesInFlight: 100_000,
      maxQueuedGroups: 4,
      queuedGroups: () => queued,
    });
    expect(admission.enter(0)).toMatchObject({ kind: "refused", status: 503 });
    queued = 3;
    expect(admission.enter(0).kind).toBe("admitted");
  });

  it("never holds more than the limit and ends at zero, whatever comes", () => {
    const request = fc.record({
      declared: fc.nat({ max: 60_000 }),
      pieces: fc.array(fc.nat({ max: 30_000 }), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 12 }), (requests) => {
        const admission = createAdmission({
          maxBytesInFlight: 100_000,
          maxQueuedGroups: 1,
          queuedGroups: () => 0,
        });
        const tickets = requests.flatMap(({ declared, pieces }) => {
          const entry = admission.enter(declared);
          if (entry.kind === "refused") return [];
          for (const piece of pieces) entry.ticket.grow(piece);
          expect(admission.bytesInFlight()).toBeLessThanOrEqual(100_000);
          return [entry.ticket];
        });
        for (const ticket of tickets) ticket.release();
        expect(admission.bytesInFlight()).toBe(0);
      }),
    );
  });
});
