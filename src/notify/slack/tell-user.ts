import type { Log } from "../../self/log.ts";

const TIMEOUT_MS = 5_000;
/** Of Slack, and of Slack for governments. */
const SLACK_ORIGINS = ["https://hooks.slack.com", "https://hooks.slack-gov.com"];

/**
 * Tells something to one user alone, at the address that came with an interaction. `apiUrl`: an address beside Slack's own
 * that may be called. The address is a secret: whoever knows it can write into the channel.
 */
export function createTellUser(options: {
  readonly apiUrl: string | undefined;
  readonly log: Log;
}): (responseUrl: string, text: string) => Promise<void> {
  const { apiUrl, log } = options;
  const allowed = new Set([...SLACK_ORIGINS, ...(apiUrl === undefined ? [] : [new URL(apiUrl).origin])]);
  return async (responseUrl, text) => {
    if (!URL.canParse(responseUrl) || !allowed.has(new URL(responseUrl).origin)) {
      log.warn("a user of Slack could not be answered: the address is not Slack's");
      return;
    }
    try {
      const response = await fetch(responseUrl, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ response_type: "ephemeral", replace_original: false, text }),
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) log.warn("a user of Slack could not be answered", { status: response.status });
    } catch (error) {
      // The error's text may hold the address.
      log.warn("a user of Slack could not be answered", {
        reason: error instanceof Error ? error.name : "unknown",
      });
    }
  };
}
