import type { ApiKey } from "../api/api-keys.ts";
import { nearestName } from "../model/nearest-name.ts";

const VARIABLES = [
  "NOROSHI_LISTEN",
  "NOROSHI_OTLP_HTTP_LISTEN",
  "NOROSHI_OTLP_GRPC_LISTEN",
  "NOROSHI_DATA_DIR",
  "NOROSHI_SPECS",
  "NOROSHI_CONFIG",
  "NOROSHI_API_KEYS",
  "NOROSHI_ROLE",
  "NOROSHI_GIT_TOKEN",
  "NOROSHI_GIT_WEBHOOK_SECRET",
  "NOROSHI_HEARTBEAT_URL",
];

/** What is probably not meant so, one sentence each; values of secrets are never repeated. */
export function configWarnings(
  env: Readonly<Record<string, string | undefined>>,
  keys: readonly ApiKey[],
): string[] {
  const warnings = keys
    .filter((key) => key.isShort)
    .map(
      (key) => `NOROSHI_API_KEYS: the key "${key.name}" is shorter than 16 characters and could be guessed`,
    );
  const routingKey = env["PAGERDUTY_ROUTING_KEY"];
  if (routingKey && !/^[0-9a-zA-Z]{32}$/.test(routingKey)) {
    warnings.push(
      "PAGERDUTY_ROUTING_KEY: an Events API v2 integration key has 32 letters and digits; this one has not",
    );
  }
  const botToken = env["SLACK_BOT_TOKEN"];
  if (botToken && !botToken.startsWith("xoxb-")) {
    warnings.push("SLACK_BOT_TOKEN: a bot token begins with xoxb-; this one does not");
  }
  for (const name of Object.keys(env)) {
    if (!name.startsWith("NOROSHI_") || name.startsWith("NOROSHI_DEMO_") || VARIABLES.includes(name))
      continue;
    const near = nearestName(name, VARIABLES);
    const hint = near === undefined ? "the README lists them" : `did you mean ${near}?`;
    warnings.push(`${name}: not a variable of Noroshi; ${hint}`);
  }
  return warnings;
}
