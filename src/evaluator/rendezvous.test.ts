import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ownerOf } from "./rendezvous.ts";

const members = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 8 });

describe("ownerOf", () => {
  it("gives everybody the same answer, whatever the order of the members", () => {
    fc.assert(
      fc.property(fc.string(), members, (name, all) => {
        expect(ownerOf(name, [...all].reverse())).toBe(ownerOf(name, all));
      }),
    );
  });

  it("moves only the names of the one who leaves", () => {
    fc.assert(
      fc.property(fc.string(), members, (name, all) => {
        const owner = ownerOf(name, all);
        for (const gone of all) {
          if (gone !== owner)
            expect(
              ownerOf(
                name,
                all.filter((one) => one !== gone),
              ),
            ).toBe(owner);
        }
      }),
    );
  });

  it("shares names out evenly", () => {
    const all = ["a", "b", "c"];
    const counts = new Map<string, number>();
    for (let i = 0; i < 3_000; i += 1) {
      const owner = ownerOf(`slo-${i}`, all)!;
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    for (const member of all) expect(counts.get(member)).toBeGreaterThan(850);
  });

  it("gives nobody where nobody is", () => {
    expect(ownerOf("a", [])).toBeUndefined();
  });
});
