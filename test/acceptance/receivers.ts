import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakePagerDuty } from "../../src/notify/pagerduty/fake-pagerduty.ts";
import type { FakePagerDuty } from "../../src/notify/pagerduty/fake-pagerduty.ts";
import { createLocalCertificate } from "../../src/notify/pagerduty/local-certificate.ts";
import { startFakeSlack } from "../../src/notify/slack/fake-slack.ts";
import type { FakeSlack } from "../../src/notify/slack/fake-slack.ts";

const ROUTING_KEY = "0123456789abcdef0123456789abcdef";
const SLACK_TOKEN = "xoxb-local-test";

/** Receivers that keep a ledger, a folder for data and one for specs. */
export interface World {
  readonly pagerduty: FakePagerDuty;
  readonly slack: FakeSlack;
  /** Points the service at the receivers. */
  readonly env: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly specs: string;
  writeSpec(name: string, text: string): Promise<void>;
  /** Messages at the top level of the channel. */
  posts(): ReturnType<FakeSlack["messages"]>;
  close(): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), "noroshi-acceptance-"));
  const specs = await mkdtemp(join(root, "specs-"));
  const certificate = await createLocalCertificate();
  const ca = join(root, "ca.pem");
  await writeFile(ca, certificate.ca);
  const config = join(root, "noroshi.yaml");
  // Both receivers are to be seen at work at once.
  await writeFile(config, "telling: {pageMutesTicket: false}\n");
  const pagerduty = await startFakePagerDuty({ tls: certificate, routingKeys: [ROUTING_KEY] });
  const slack = await startFakeSlack({ token: SLACK_TOKEN });
  return {
    pagerduty,
    slack,
    dataDir: join(root, "data"),
    specs,
    env: {
      NODE_EXTRA_CA_CERTS: ca,
      NOROSHI_CONFIG: config,
      PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
      PAGERDUTY_EVENTS_SERVER: pagerduty.server,
      SLACK_BOT_TOKEN: SLACK_TOKEN,
      SLACK_CHANNEL: "C0ALERTS",
      SLACK_API_URL: slack.apiUrl,
    },
    writeSpec: (name, text) => writeFile(join(specs, name), text),
    posts: () => slack.messages().filter((message) => message.threadTs === null),
    close: async () => {
      await Promise.all([pagerduty.close(), slack.close()]);
      await rm(root, { recursive: true, force: true });
    },
  };
}
