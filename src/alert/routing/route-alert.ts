import type { AlertLabels } from "../alert-labels.ts";
import { matchesAll, printMatcher, type LabelMatcher } from "../label-matcher.ts";
import type { TellingPolicy } from "../notification.ts";
import { choiceOf, type Receiver } from "../receiver.ts";
import type { Routed } from "../telling.ts";
import { isWithin, type TimeInterval } from "./time-interval.ts";

/** One rule of who is told. */
export interface Route {
  /** For people. */
  readonly name: string;
  /** All must match; none match every alert. */
  readonly matchers: readonly LabelMatcher[];
  /** Names of receivers; never empty. */
  readonly receivers: readonly string[];
  /** Go on to later routes although this one matches. */
  readonly continues: boolean;
  /** Names of time intervals; it counts while one of them holds. Empty: always. */
  readonly activeTimes: readonly string[];
  /** Labels whose values make a group; undefined: every alert is told by itself. */
  readonly groupBy: readonly string[] | undefined;
  readonly policy: TellingPolicy;
}

export interface Routing {
  readonly receivers: readonly Receiver[];
  /** In order; the first that matches decides, and those after it if it continues. */
  readonly routes: readonly Route[];
  readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
  /** Where nothing else does, the severity decides. */
  readonly bySeverity: Readonly<Record<"critical" | "warning", Receiver>>;
  readonly defaultPolicy: TellingPolicy;
}

export interface RoutingDecision {
  /** Never empty; each receiver once. */
  readonly routed: readonly Routed[];
  /** What was looked at and why it counted or did not, in order; sentences. */
  readonly reasons: readonly string[];
}

/**
 * Where an alert goes. `targets` are the notification targets that its spec names: those that are receivers come first and
 * decide alone. Then the routes, in order; where none matches, the severity.
 */
export function routeAlert(
  labels: AlertLabels,
  targets: readonly string[],
  routing: Routing,
  atMs: number,
): RoutingDecision {
  const reasons: string[] = [];
  const routed = new Map<string, Routed>();
  const add = (receiver: Receiver, route: Route | undefined): void => {
    if (routed.has(receiver.name)) return;
    routed.set(receiver.name, {
      ...choiceOf(receiver),
      policy: route?.policy ?? routing.defaultPolicy,
      groupKey: groupKeyOf(route, labels),
    });
  };
  const byName = new Map(routing.receivers.map((receiver) => [receiver.name, receiver]));
  for (const target of targets) {
    const receiver = byName.get(target);
    if (receiver === undefined) continue;
    reasons.push(`the spec's notification target "${target}" is a receiver`);
    add(receiver, undefined);
  }
  if (routed.size > 0) return { routed: [...routed.values()], reasons };
  for (const route of routing.routes) {
    const against = whyNot(route, labels, routing, atMs);
    reasons.push(`route "${route.name}" ${against ?? `matches: to ${route.receivers.join(", ")}`}`);
    if (against !== undefined) continue;
    for (const name of route.receivers) {
      const receiver = byName.get(name);
      if (receiver !== undefined) add(receiver, route);
    }
    if (!route.continues) break;
  }
  if (routed.size === 0) {
    const severity = labels["severity"] === "critical" ? "critical" : "warning";
    const receiver = routing.bySeverity[severity];
    reasons.push(`no route matches: severity ${severity} goes to ${receiver.name}`);
    add(receiver, undefined);
  }
  return { routed: [...routed.values()], reasons };
}

function whyNot(
  { matchers, activeTimes }: Route,
  labels: AlertLabels,
  { timeIntervals }: Routing,
  atMs: number,
): string | undefined {
  const failing = matchers.find((matcher) => !matchesAll([matcher], labels));
  if (failing !== undefined) {
    const actual = labels[failing.label];
    return `does not match: ${printMatcher(failing)}, and it is ${actual ? `"${actual}"` : "not set"}`;
  }
  const isActive = activeTimes.some((name) =>
    (timeIntervals.get(name) ?? []).some((interval) => isWithin(interval, atMs)),
  );
  return activeTimes.length === 0 || isActive
    ? undefined
    : `rests now: it counts during ${activeTimes.join(", ")}`;
}

function groupKeyOf(route: Route | undefined, labels: AlertLabels): string | null {
  if (route?.groupBy === undefined) return null;
  return JSON.stringify([route.name, ...route.groupBy.map((label) => [label, labels[label] ?? ""])]);
}
