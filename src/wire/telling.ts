import { alertLabels } from "../alert/alert-labels.ts";
import type { Receiver } from "../alert/receiver.ts";
import { routeAlert, type Routing } from "../alert/routing/route-alert.ts";
import type { Config } from "../config.ts";
import { toPolicy, toRoutes } from "../config/routes.ts";
import type { TellingRules } from "../evaluator/tell-episodes.ts";

/** Who is told of what, as the configuration says, and who is not at present. */
export function tellingRules(config: Config, mutedBy: TellingRules["mutedBy"]): TellingRules {
  const routing = routingOf(config);
  return {
    route: (episode, at) => routeAlert(alertLabels(episode), episode.facts.targets ?? [], routing, at).routed,
    mutedBy,
    rePageAfterMs: config.file.telling.rePageAfter,
  };
}

/** Receivers, routes and what holds where none matches. */
export function routingOf({ receivers, pagerduty, slack, file }: RoutingConfig): Routing {
  const pager: Receiver | undefined =
    pagerduty.routingKey === undefined
      ? undefined
      : { type: "pagerduty", name: "pagerduty", fallback: undefined, routingKey: pagerduty.routingKey };
  const chat: Receiver | undefined =
    slack.botToken === undefined || slack.channel === undefined
      ? undefined
      : { type: "slack", name: "slack", fallback: undefined, channel: slack.channel };
  return {
    receivers: [...receivers, pager ?? [], chat ?? [], LOG].flat(),
    routes: toRoutes(file.routes, file.telling),
    timeIntervals: new Map(Object.entries(file.timeIntervals)),
    // Never dropped, and never sent to somebody who was not meant: without its receiver an alert goes into the log.
    bySeverity: { critical: pager ?? LOG, warning: chat ?? LOG },
    defaultPolicy: toPolicy({ ...file.telling, groupInterval: 0 }),
  };
}

type RoutingConfig = Pick<Config, "receivers" | "file"> & {
  readonly pagerduty: Pick<Config["pagerduty"], "routingKey">;
  readonly slack: Pick<Config["slack"], "botToken" | "channel">;
};

const LOG: Receiver = { type: "log", name: "log", fallback: undefined };
