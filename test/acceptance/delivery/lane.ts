import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FakePagerDuty } from "../../../src/notify/pagerduty/fake-pagerduty.ts";
import type { FakeSlack } from "../../../src/notify/slack/fake-slack.ts";
import { availabilitySpec } from "../spans.ts";
import { readLedger, type LedgerEntry } from "./ledger.ts";
import type { LaneFault } from "./stage.ts";
import type { Traffic } from "./traffic.ts";

/** Fires within seconds of failures, and is over some seconds after them. */
export const QUICK = "page critical 20s/10s x10";
/** Fires within seconds of failures, and goes on for longer than any test. */
export const LASTING = "page critical 1h x10";

export interface LaneOptions {
  /** As the annotation noroshi.dev/alert-tiers; QUICK if left out. */
  readonly tiers?: string;
  /** Its services, each with one SLO; one that is called like the lane if left out. Without any it only has receivers. */
  readonly services?: readonly string[];
  /** So many SLOs of each service, which count the same. */
  readonly copies?: number;
  /** Who is told: both if left out. */
  readonly receivers?: readonly ("pager" | "chat")[];
  /** Who stands in for whom. */
  readonly fallback?: "pager for chat" | "chat for pager";
  /** Further fields of its route, in YAML's flow style, as `groupBy: [service], groupInterval: 5s`. */
  readonly route?: string;
}

/** What one scenario has for itself. */
export interface Lane {
  readonly name: string;
  readonly options: LaneOptions;
  readonly services: readonly string[];
  readonly routingKey: string;
  /** The variable of the environment that holds the key. */
  readonly keyVariable: string;
  /** Its id. */
  readonly channel: string;
  /** The fake's own record: archived takes effect at once. */
  readonly slackChannel: { id: string; name: string; archived?: boolean };
  /** From the next start on its receivers have this lane's key and channel. */
  replacedBy: Lane | undefined;
  /** What goes wrong with its requests now. */
  fault: LaneFault | undefined;
  /** What arrived for it so far, oldest first. */
  ledger(): readonly LedgerEntry[];
  writeSpecs(): Promise<void>;
  removeSpecs(): Promise<void>;
  /** Puts one text in the place of another, as an author would. */
  changeSpecs(from: string, to: string): Promise<void>;
  /** All requests of its services fail, go well, or none come. */
  traffic(mode: "failing" | "healthy" | "silent"): void;
  /** Its notifications, as the API shows them; newest first. */
  notifications(): Promise<readonly LaneNotification[]>;
}

export interface LaneNotification {
  readonly episodeId: string;
  readonly sloName: string;
  readonly receiver: string;
  readonly action: string;
  readonly state: string;
  readonly attempts: readonly { readonly outcome: string; readonly detail: string }[];
}

interface LaneParts {
  readonly specs: string;
  readonly pagerduty: FakePagerDuty;
  readonly slack: FakeSlack;
  readonly traffic: Traffic;
  readonly url: () => string;
}

export function createLane(name: string, options: LaneOptions, parts: LaneParts): Lane {
  const services = options.services ?? [name];
  const hash = createHash("md5").update(name).digest("hex");
  const channel = `C0${hash.slice(0, 9).toUpperCase()}`;
  const file = join(parts.specs, `${name}.yaml`);
  const slos = new Set(services.flatMap((service) => sloNames(service, options)));
  const lane: Lane = {
    name,
    options,
    services,
    routingKey: hash,
    keyVariable: `KEY_${hash.slice(0, 8).toUpperCase()}`,
    channel,
    slackChannel: { id: channel, name },
    replacedBy: undefined,
    fault: undefined,
    ledger: () => readLedger(lane, parts),
    writeSpecs: async () => {
      if (services.length === 0) return;
      await writeFile(file, services.map((service) => laneSpec(name, service, options)).join("---\n"));
    },
    removeSpecs: () => rm(file),
    changeSpecs: async (from, to) => writeFile(file, (await readFile(file, "utf8")).replaceAll(from, to)),
    traffic: (mode) => {
      for (const service of services) parts.traffic.set(service, mode);
    },
    notifications: async () => {
      const all = await listNotifications(parts.url());
      return all.filter(({ sloName }) => slos.has(sloName));
    },
  };
  return lane;
}

function laneSpec(owner: string, service: string, { tiers = QUICK, copies = 1 }: LaneOptions): string {
  const spec = availabilitySpec(service).replace(
    `noroshi.dev/owner: ${service},`,
    `noroshi.dev/owner: ${owner}, noroshi.dev/alert-tiers: "${tiers}",`,
  );
  const [first, ...others] = sloNames(service, { copies });
  return [spec, ...others.map((name) => spec.replace(`name: ${first}`, `name: ${name}`))].join("---\n");
}

function sloNames(service: string, { copies = 1 }: LaneOptions): readonly string[] {
  return Array.from({ length: copies }, (_, i) =>
    i === 0 ? `${service}-availability` : `${service}-${i}-availability`,
  );
}

async function listNotifications(url: string): Promise<readonly LaneNotification[]> {
  const all: LaneNotification[] = [];
  for (let cursor = ""; ;) {
    const response = await fetch(`${url}/api/v1/notifications?limit=500${cursor}`);
    const page = (await response.json()) as { notifications: LaneNotification[]; nextCursor?: string | null };
    all.push(...page.notifications);
    if (!page.nextCursor) return all;
    cursor = `&cursor=${page.nextCursor}`;
  }
}
