import type { Config } from "./config.ts";
import type { TellingRules } from "./evaluator/tell-episodes.ts";
import { chooseReceivers } from "./notify/choose-receiver.ts";

/** Who is told of what, as the configuration says. */
export function tellingRules(config: Config): TellingRules {
  const policy = { repeatIntervalMs: null, groupIntervalMs: 0, digest: null };
  return {
    route: (episode) =>
      chooseReceivers(episode.severity, config).map((choice) => ({ ...choice, policy, groupKey: null })),
    mutedBy: () => null,
  };
}
