import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupName } from "./group-name.ts";

const NONE_TAKEN: ReadonlySet<string> = new Set();

describe("groupName", () => {
  it("is the name of the whole and the value, where that says it all", () => {
    expect(groupName("payment", ["seu-west"], NONE_TAKEN)).toBe("payment-eu-west");
    expect(groupName("payment", ["kserver", "i500"], NONE_TAKEN)).toBe("payment-server-500");
  });

  it("has a hash where something is lost, or the name is taken", () => {
    expect(groupName("payment", ["s/refunds"], NONE_TAKEN)).toMatch(/^payment-refunds-[0-9a-f]{6}$/);
    expect(groupName("payment", ["sRefunds"], NONE_TAKEN)).not.toBe(
      groupName("payment", ["s/refunds"], NONE_TAKEN),
    );
    expect(groupName("payment", ["seu"], new Set(["payment-eu"]))).toMatch(/^payment-eu-[0-9a-f]{6}$/);
    expect(groupName("payment", ["s日本"], NONE_TAKEN)).toMatch(/^payment-[0-9a-f]{6}$/);
    const long = groupName(
      "a-service-with-quite-a-long-name-availability-over-thirty-days",
      ["s/api/v1/customers/orders"],
      NONE_TAKEN,
    );
    expect(long).toHaveLength(63);
    expect(long).toMatch(/^a-service-with-quite-a-long-name-avai-api-v1-customers-o-[0-9a-f]{6}$/);
  });

  it("is a DNS label of at most 63 characters, another one for other values", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 80 }).map((text) => `s${text}`),
      fc.constantFrom("n", "b1", "b0", "i5", "s5", "strue", "snone", "s", "kserver", "sa-b", "sa", "sb"),
    );
    const parent = fc.stringMatching(/^[a-z]([-a-z0-9]{0,60}[a-z0-9])?$/);
    fc.assert(
      fc.property(
        parent,
        fc.uniqueArray(fc.array(value, { minLength: 2, maxLength: 2 }), {
          selector: (values) => JSON.stringify(values),
          maxLength: 20,
        }),
        (name, groups) => {
          const names = groups.map((values) => groupName(name, values, NONE_TAKEN));
          for (const one of names) expect(one).toMatch(/^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
          expect(new Set(names).size).toBe(names.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});
