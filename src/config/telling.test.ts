import { describe, expect, it } from "vitest";
import { configFileSchema } from "./file.ts";
import { toPolicy, toRoutes } from "./routes.ts";
import { toInhibitRules } from "./telling.ts";

const read = (fields: unknown) => configFileSchema.parse(fields);
const problems = (fields: unknown) => {
  const { error } = configFileSchema.safeParse(fields);
  return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
};

describe("telling", () => {
  it("mutes tickets by pages, holds what flaps, and reminds of silences unless it says otherwise", () => {
    expect(read({}).telling).toMatchObject({
      pageMutesTicket: true,
      flapping: { episodes: 3, withinMs: 3_600_000, holdMs: 1_800_000 },
      silenceReminder: 900_000,
    });
    const { telling } = read({
      telling: { pageMutesTicket: false, flapping: "off", silenceReminder: "off" },
    });
    expect(telling).toMatchObject({ pageMutesTicket: false });
    expect([telling.flapping, telling.silenceReminder]).toEqual([undefined, undefined]);
    expect(read({ telling: { flapping: { hold: "5m" } } }).telling.flapping).toMatchObject({
      episodes: 3,
      holdMs: 300_000,
    });
  });

  it("gives its repeatInterval to what no route matches, and to routes that say none", () => {
    const { routes, telling } = read({
      telling: { repeatInterval: "4h" },
      routes: [{ receivers: ["a"] }, { receivers: ["a"], repeatInterval: "1h" }],
    });
    expect(toRoutes(routes, telling).map(({ policy }) => policy.repeatIntervalMs)).toEqual([
      14_400_000, 3_600_000,
    ]);
    expect(toPolicy(telling).repeatIntervalMs).toBe(14_400_000);
    expect(toRoutes(routes, {})[0]!.policy.repeatIntervalMs).toBeNull();
  });

  it("says what is wrong with it", () => {
    expect(problems({ telling: { flapping: { episodes: 1 } } })).toEqual([
      "telling.flapping.episodes: at least 2: once is not again and again",
    ]);
    expect(problems({ telling: { silenceReminder: "soon" } })).toEqual([
      'telling.silenceReminder: "soon" is not a duration; write for instance 10m, or off',
    ]);
    expect(problems({ telling: { repeatInterval: "5s" } })[0]).toMatch(/less than a minute/);
  });
});

describe("inhibit", () => {
  const rule = { source: { alert: "policy/dc-down" }, target: ['severity="warning"'], equal: ["region"] };

  it("adds rules to the one of pages and tickets", () => {
    const both = toInhibitRules(read({ inhibit: [rule] }));
    expect(both.map(({ equal }) => equal)).toEqual([["slo"], ["region"]]);
    const own = toInhibitRules(read({ telling: { pageMutesTicket: false }, inhibit: [rule] }));
    expect(own).toEqual([
      {
        source: [{ label: "alert", operator: "=", value: "policy/dc-down" }],
        target: [{ label: "severity", operator: "=", value: "warning" }],
        equal: ["region"],
      },
    ]);
  });

  it("says what is wrong with it", () => {
    expect(problems({ inhibit: [{ ...rule, source: {} }] })[0]).toMatch(
      /^inhibit\.0\.source: write at least/,
    );
    expect(problems({ inhibit: [{ ...rule, equal: undefined }] })[0]).toMatch(
      /^inhibit\.0\.equal: write the labels/,
    );
    expect(problems({ inhibit_rules: [] })[0]).toMatch(/write "inhibit" here/);
  });
});
