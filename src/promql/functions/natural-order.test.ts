import { expect, it } from "vitest";
import { compareNaturally } from "./natural-order.ts";

it("orders runs of digits by their number, of any length", () => {
  const ordered = ["", "1", "2", "4m5", "4m600", "4m1000", "10", "a", "a9", "a10", `a${"9".repeat(30)}`, "b"];
  expect(ordered.toReversed().toSorted(compareNaturally)).toEqual(ordered);
  expect(compareNaturally("a01", "a1")).toBe(0);
});
