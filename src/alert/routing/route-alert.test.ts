import { describe, expect, it } from "vitest";
import type { LabelMatcher } from "../label-matcher.ts";
import type { Receiver } from "../receiver.ts";
import { routeAlert, type Route, type Routing } from "./route-alert.ts";

const AT = Date.UTC(2026, 0, 31, 3, 4);
const POLICY = { repeatIntervalMs: null, groupIntervalMs: 0, digest: null };

const chat = (name: string): Receiver => ({ type: "slack", name, channel: `C-${name}`, fallback: undefined });
const PAGER: Receiver = {
  type: "pagerduty",
  name: "pagerduty",
  routingKey: "0123456789abcdef0123456789ABCDEF",
  fallback: undefined,
};

const is = (label: string, value: string): LabelMatcher => ({ label, operator: "=", value });

function route(name: string, matchers: readonly LabelMatcher[], changes: Partial<Route> = {}): Route {
  return {
    name,
    matchers,
    receivers: [name],
    continues: false,
    activeTimes: [],
    groupBy: undefined,
    policy: POLICY,
    ...changes,
  };
}

function routing(routes: readonly Route[]): Routing {
  return {
    receivers: [PAGER, chat("slack"), ...routes.map(({ name }) => chat(name))],
    routes,
    timeIntervals: new Map([
      ["day", [{ days: [1, 2, 3, 4, 5], from: 540, to: 1_080, timeZone: "Europe/Berlin" }]],
    ]),
    bySeverity: { critical: PAGER, warning: chat("slack") },
    defaultPolicy: POLICY,
  };
}

const PAYMENT = { severity: "critical", service: "payment", owner: "payments" };
const names = (labels: Record<string, string>, routes: readonly Route[], targets: readonly string[] = []) =>
  routeAlert(labels, targets, routing(routes), AT).routed.map(({ receiver }) => receiver);

describe("routeAlert", () => {
  it("pages for critical alerts and tells Slack of the rest where no route says otherwise", () => {
    expect(names(PAYMENT, [])).toEqual(["pagerduty"]);
    expect(names({ ...PAYMENT, severity: "warning" }, [])).toEqual(["slack"]);
    expect(names(PAYMENT, [route("ledger", [is("service", "ledger")])])).toEqual(["pagerduty"]);
  });

  it("takes the first route that matches, and later ones only where it continues", () => {
    const two = [route("a", [is("owner", "payments")]), route("b", [])];
    expect(names(PAYMENT, two)).toEqual(["a"]);
    expect(names(PAYMENT, [{ ...two[0]!, continues: true }, two[1]!])).toEqual(["a", "b"]);
  });

  it("tells a receiver once, however many routes name it", () => {
    const routes = [route("a", [], { continues: true }), route("b", [], { receivers: ["a", "b"] })];
    expect(names(PAYMENT, routes)).toEqual(["a", "b"]);
  });

  it("passes over a route outside its times: 4 on a Saturday night is no office hour", () => {
    expect(names(PAYMENT, [route("office", [], { activeTimes: ["day"] })])).toEqual(["pagerduty"]);
  });

  it("prefers the spec's own targets that are receivers, and ignores the others", () => {
    expect(names(PAYMENT, [route("a", [])], ["slack", "on-call"])).toEqual(["slack"]);
    expect(names(PAYMENT, [route("a", [])], ["email"])).toEqual(["a"]);
  });

  it("never gives nobody", () => {
    const lost = { ...routing([route("a", [])]), receivers: [] };
    expect(routeAlert(PAYMENT, [], lost, AT).routed).toHaveLength(1);
  });

  it("groups by the values of labels, a missing one included", () => {
    const groupOf = (labels: Record<string, string>) =>
      routeAlert(labels, [], routing([route("a", [], { groupBy: ["service", "region"] })]), AT).routed[0]
        ?.groupKey;
    expect(groupOf(PAYMENT)).toBe(groupOf({ ...PAYMENT, severity: "warning" }));
    expect(groupOf(PAYMENT)).not.toBe(groupOf({ ...PAYMENT, region: "eu" }));
  });

  it("says why each route counts or does not", () => {
    const routes = [
      route("ledger", [is("service", "ledger")]),
      route("office", [], { activeTimes: ["day"] }),
      route("all", []),
    ];
    expect(routeAlert(PAYMENT, [], routing(routes), AT).reasons).toEqual([
      'route "ledger" does not match: service="ledger", and it is "payment"',
      'route "office" rests now: it counts during day',
      'route "all" matches: to all',
    ]);
  });
});
