import type { Routing } from "../alert/routing/route-alert.ts";
import type { Environment } from "../config.ts";
import { ENVIRONMENT_RECEIVERS, resolveReceivers } from "../config/receivers.ts";
import { checkRoutes } from "../config/routes.ts";
import { readConfigFile } from "../config/read-file.ts";
import { routingOf } from "./telling.ts";

type AssumedRouting =
  | { readonly ok: true; readonly routing: Routing; readonly notes: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What PagerDuty and Slack need in the environment of the service. */
const NEEDED = { pagerduty: ["PAGERDUTY_ROUTING_KEY"], slack: ["SLACK_BOT_TOKEN", "SLACK_CHANNEL"] } as const;

/**
 * The routing of a noroshi.yaml away from the service that has the secrets: whatever they are, they are taken to be there,
 * and said to be missing here.
 */
export function assumedRouting(path: string | undefined, env: Environment): AssumedRouting {
  const problems: string[] = [];
  const file = readConfigFile(path, problems);
  const secrets: Environment = new Proxy({}, { get: () => "assumed" });
  const receivers = resolveReceivers(
    file.receivers.map((one) => ({ ...one, ...withoutFiles(one) })),
    secrets,
    problems,
  );
  checkRoutes(file, [...receivers.map(({ name }) => name), ...ENVIRONMENT_RECEIVERS], problems);
  if (problems.length > 0) return { ok: false, problems };
  const missing = Object.values(NEEDED)
    .flat()
    .filter((name) => !env[name]);
  const notes =
    missing.length === 0
      ? []
      : [
          `(Here ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not set; the service is taken to have them.)`,
        ];
  return {
    ok: true,
    notes,
    routing: routingOf({
      receivers,
      file,
      pagerduty: { routingKey: "assumed" },
      slack: { botToken: "assumed", channel: "assumed" },
    }),
  };
}

type ReceiverFields = Parameters<typeof resolveReceivers>[0][number];

/** A secret in a file is one of the service's machine. */
function withoutFiles({ pagerduty, webhook }: ReceiverFields): Partial<ReceiverFields> {
  return {
    ...(pagerduty === undefined ? {} : { pagerduty: { routingKeyEnv: "assumed" } }),
    ...(webhook === undefined ? {} : { webhook: { url: "https://assumed.invalid", format: webhook.format } }),
  };
}
