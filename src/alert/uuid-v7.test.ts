import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { uuidV7 } from "./uuid-v7.ts";

const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe("uuidV7", () => {
  it("is a UUID of version 7 that holds its time and its random part", () => {
    fc.assert(
      fc.property(time, bytes, (atMs, random) => {
        const id = uuidV7(atMs, random);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(atMs);
      }),
    );
  });

  it("sorts by time", () => {
    fc.assert(
      fc.property(time, time, bytes, bytes, (left, right, some, other) => {
        fc.pre(left < right);
        expect(uuidV7(left, some) < uuidV7(right, other)).toBe(true);
      }),
    );
  });
});
