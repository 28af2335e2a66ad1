import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FakeRequest, Fault } from "../../../src/notify/fake-server.ts";
import { startFakePagerDuty, type FakePagerDuty } from "../../../src/notify/pagerduty/fake-pagerduty.ts";
import { createLocalCertificate } from "../../../src/notify/pagerduty/local-certificate.ts";
import { startFakeSlack, type FakeSlack } from "../../../src/notify/slack/fake-slack.ts";
import { createLane, type Lane, type LaneOptions } from "./lane.ts";
import { laneConfig } from "./lane-config.ts";
import { createTraffic, type Traffic } from "./traffic.ts";
import { startService, type ServiceProcess } from "../service-process.ts";

const SLACK_TOKEN = "xoxb-of-the-stage";
export const SLACK_SIGNING_SECRET = "signing-secret-of-the-stage";
export const PAGERDUTY_WEBHOOK_SECRET = "webhook-secret-of-the-stage";

/** What may go wrong with the requests of one lane. */
export type LaneFault = (request: FakeRequest) => Fault | undefined;

/**
 * Real processes of the service, fakes of PagerDuty and Slack with the limits of the real ones, and lanes: each scenario has
 * SLOs, a routing key and a channel of its own, so that many play at once on the same processes.
 */
export interface Stage {
  readonly pagerduty: FakePagerDuty;
  readonly slack: FakeSlack;
  readonly traffic: Traffic;
  /** Those that run, by name. */
  readonly nodes: ReadonlyMap<string, ServiceProcess>;
  readonly lanes: readonly Lane[];
  /** Before the first node starts: lanes are part of the configuration. */
  lane(name: string, options?: LaneOptions): Lane;
  laneOf(name: string): Lane;
  /** A process with this name; the one of the same name must have ended. */
  start(name: string, env?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** Where the API answers: the first node's. */
  url(): string;
  /** As a person would see it. */
  get(path: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Of every process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further sections of noroshi.yaml. */
  readonly config?: string;
}

export async function createStage(options: StageOptions = {}): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), "noroshi-delivery-"));
  const specs = await mkdtemp(join(root, "specs-"));
  const certificate = await createLocalCertificate();
  const ca = join(root, "ca.pem");
  await writeFile(ca, certificate.ca);
  const lanes: Lane[] = [];
  const channels: { id: string; name: string; archived?: boolean }[] = [];
  const routingKeys: string[] = [];
  const pagerduty = await startFakePagerDuty({ tls: certificate, routingKeys, eventsPerMinute: 120 });
  const slack = await startFakeSlack({ token: SLACK_TOKEN, channels, postsPerSecond: 1 });
  pagerduty.setFault((request) =>
    lanes.find((lane) => request.body.includes(lane.routingKey))?.fault?.(request),
  );
  slack.setFault((request) => lanes.find((lane) => request.body.includes(lane.channel))?.fault?.(request));
  const nodes = new Map<string, ServiceProcess>();
  // Spans are taken by whoever runs.
  const traffic = createTraffic(() => [...nodes.values()].find(({ otlpUrl }) => otlpUrl !== "off")?.otlpUrl);
  const config = join(root, "noroshi.yaml");
  const firstNode = (): ServiceProcess => {
    const node = [...nodes.values()][0];
    if (node === undefined) throw new Error("no process runs");
    return node;
  };
  const stage: Stage = {
    pagerduty,
    slack,
    traffic,
    nodes,
    lanes,
    lane: (name, given = {}) => {
      const lane = createLane(name, given, { specs, pagerduty, slack, traffic, url: () => firstNode().url });
      lanes.push(lane);
      channels.push(lane.slackChannel);
      routingKeys.push(lane.routingKey);
      return lane;
    },
    laneOf: (name) => {
      const lane = lanes.find((one) => one.name === name);
      if (lane === undefined) throw new Error(`there is no lane ${name}`);
      return lane;
    },
    start: async (name, env = {}) => {
      await Promise.all(lanes.map((lane) => lane.writeSpecs()));
      await writeFile(config, `${laneConfig(lanes)}${options.config ?? ""}`);
      const node = await startService({
        dataDir: join(root, "data"),
        specs,
        env: {
          NODE_EXTRA_CA_CERTS: ca,
          NOROSHI_CONFIG: config,
          PAGERDUTY_EVENTS_SERVER: pagerduty.server,
          PAGERDUTY_WEBHOOK_SECRET,
          SLACK_BOT_TOKEN: SLACK_TOKEN,
          SLACK_API_URL: slack.apiUrl,
          SLACK_SIGNING_SECRET,
          ...Object.fromEntries(lanes.map((lane) => [lane.keyVariable, lane.routingKey])),
          ...options.env,
          ...env,
        },
      });
      nodes.set(
        name,
        ended(node, () => nodes.delete(name)),
      );
      return nodes.get(name)!;
    },
    url: () => firstNode().url,
    get: async (path) => (await fetch(`${firstNode().url}${path}`)).json(),
    close: async () => {
      traffic.stop();
      await Promise.all([...nodes.values()].map((node) => node.kill()));
      await Promise.all([pagerduty.close(), slack.close()]);
      await rm(root, { recursive: true, force: true });
    },
  };
  return stage;
}

/** Tells when it was ended. */
function ended(node: ServiceProcess, onEnd: () => void): ServiceProcess {
  return {
    ...node,
    kill: () => {
      onEnd();
      return node.kill();
    },
    stop: (signal) => {
      onEnd();
      return node.stop(signal);
    },
  };
}
