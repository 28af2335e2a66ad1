import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { topContributors, withoutIds } from "./top-contributors.ts";

const group = (endpoint: string, version: string, bad: number, total: number) => ({
  endpoint,
  version,
  bad,
  total,
});

describe("topContributors", () => {
  it("names the endpoints and versions with most of the failures, and their share of the traffic", () => {
    const found = topContributors([
      group("POST /checkout", "1.4.2", 90, 100),
      group("POST /checkout", "1.4.1", 1, 100),
      group("GET /cart", "1.4.1", 9, 800),
    ]);
    expect(found.map(({ kind, value, badShare, eventShare }) => [kind, value, badShare, eventShare])).toEqual(
      [
        ["endpoint", "POST /checkout", 0.91, 0.2],
        ["version", "1.4.2", 0.9, 0.1],
        ["version", "1.4.1", 0.1, 0.9],
      ],
    );
  });

  it("says nothing where there is nothing to choose from, or nothing fails", () => {
    expect(topContributors([group("GET /", "1", 5, 10)])).toEqual([]);
    expect(topContributors([group("GET /", "1", 0, 10), group("GET /a", "2", 0, 1)])).toEqual([]);
    expect(topContributors([])).toEqual([]);
  });

  it("takes endpoints that differ in ids alone as one", () => {
    const ids = Array.from({ length: 50 }, (_, i) => group(`GET /orders/${4_711 + i}`, "1", 2, 2));
    const [first, ...others] = topContributors([...ids, group("GET /cart", "1", 0, 100)]);
    expect(first).toMatchObject({ value: "GET /orders/*", badEvents: 100, badShare: 1 });
    expect(others).toEqual([]);
  });

  it.each([
    ["GET /users/0f8fad5b-d9cb-469f-a165-70867728950e/carts", "GET /users/*/carts"],
    ["GET /objects/65a1f0c2b7e4d", "GET /objects/*"],
    ["GET /v1/orders/{id}", "GET /v1/orders/{id}"],
    ["grpc.health.v1.Health/Check", "grpc.health.v1.Health/Check"],
    ["POST /oauth2/token", "POST /oauth2/token"],
    ["GET /feedback", "GET /feedback"],
    ["GET /s/dQw4w9WgXcQ1a2B3c4D5", "GET /s/*"],
  ])("reads %s as %s", (endpoint, expected) => {
    expect(withoutIds(endpoint)).toBe(expected);
  });

  it("never counts a failure twice, whatever the groups", () => {
    const groups = fc.array(
      fc
        .record({ endpoint: fc.string(), version: fc.string(), bad: fc.nat(100), more: fc.nat(100) })
        .map(({ more, ...one }) => ({ ...one, total: one.bad + more })),
    );
    fc.assert(
      fc.property(groups, (given) => {
        const found = topContributors(given);
        for (const kind of ["endpoint", "version"] as const) {
          const shares = found.filter((one) => one.kind === kind).map(({ badShare }) => badShare);
          expect(shares.length).toBeLessThanOrEqual(3);
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });
});
