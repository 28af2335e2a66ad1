import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startFakePagerDuty } from "../../notify/pagerduty/fake-pagerduty.ts";
import { createLocalCertificate } from "../../notify/pagerduty/local-certificate.ts";
import { startFakeSlack } from "../../notify/slack/fake-slack.ts";
import { noticeOfEvent, noticeOfMessage } from "./story/notice.ts";
import type { Notice } from "./story/notice.ts";

// Neither is a secret: only the local receivers know them.
const ROUTING_KEY = "0123456789abcdef0123456789abcdef";
const BOT_TOKEN = "xoxb-demo";
const CHANNEL = "C0ALERTS";

/** Local stand-ins for PagerDuty and Slack, and the ledger of what they were sent. */
export interface Receivers {
  /** What makes a service send to them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everything that people there have seen, oldest first. */
  readonly notices: readonly Notice[];
  /** Incidents at PagerDuty that are not resolved. */
  openIncidents(): number;
  stop(): Promise<void>;
}

/** Starts both; `directory` takes the certificate authority that PagerDuty's TLS needs. */
export async function startReceivers(
  directory: string,
  onNotice: (notice: Notice) => void,
): Promise<Receivers> {
  const certificate = await createLocalCertificate();
  const caPath = join(directory, "ca.pem");
  await writeFile(caPath, certificate.ca);
  const notices: Notice[] = [];
  const titles = new Map<string, string>();
  const take = (notice: Notice): void => {
    if (notice.change === "opened") titles.set(notice.thread, notice.title);
    notices.push(notice);
    onNotice(notice);
  };
  const pagerduty = await startFakePagerDuty({
    tls: { key: certificate.key, cert: certificate.cert },
    routingKeys: [ROUTING_KEY],
    onEvent: (received) => take(noticeOfEvent(received, (dedupKey) => titles.get(dedupKey) ?? "")),
  });
  const slack = await startFakeSlack({
    token: BOT_TOKEN,
    channels: [{ id: CHANNEL, name: "alerts" }],
    onMessage: (message, change) => take(noticeOfMessage(message, change, Date.now())),
  });
  return {
    environment: {
      NODE_EXTRA_CA_CERTS: caPath,
      PAGERDUTY_EVENTS_SERVER: pagerduty.server,
      PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: BOT_TOKEN,
      SLACK_CHANNEL: CHANNEL,
    },
    notices,
    openIncidents: () => pagerduty.openIncidents().length,
    stop: async () => {
      await Promise.all([pagerduty.close(), slack.close()]);
    },
  };
}
