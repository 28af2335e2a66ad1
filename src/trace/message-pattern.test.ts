import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messagePattern } from "./message-pattern.ts";

describe("messagePattern", () => {
  it.each([
    ["user 4711 not found", "user * not found"],
    ["connect ECONNREFUSED 10.0.0.7:5432", "connect ECONNREFUSED *"],
    ['column "amount" of relation "orders" does not exist', "column * of relation * does not exist"],
    ["order 8f14e45f-ceea-467f-a8b8-1d2b5c7f0a11 is closed", "order * is closed"],
    ["timeout after 3,000 ms (attempt 2/3)", "timeout after * ms (attempt *)"],
    ["no such user: a.b@example.com", "no such user: *"],
    ["deadbeef01 is no session", "* is no session"],
    ["cannot read properties of undefined", "cannot read properties of undefined"],
    ["several\n  lines", "several lines"],
  ])("%s", (message, expected) => {
    expect(messagePattern(message)).toBe(expected);
  });

  it("is the same whatever the number, and takes any text", () => {
    fc.assert(
      fc.property(fc.nat(), fc.string({ maxLength: 2_000 }), (number, text) => {
        expect(messagePattern(`order ${number} failed`)).toBe("order * failed");
        expect(messagePattern(text).length).toBeLessThanOrEqual(400);
      }),
    );
  });
});
