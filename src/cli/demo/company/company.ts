import { setTimeout as sleep } from "node:timers/promises";
import type { Now } from "../../../model/time.ts";
import type { Random } from "../random.ts";
import type { ServiceBlueprint } from "./blueprint.ts";
import { befalls } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { FRONT_SERVICES } from "./front-services.ts";
import { MONEY_SERVICES } from "./money-services.ts";
import { PAYMENT_SERVICES } from "./payment-services.ts";
import { startServiceInstance } from "./service-instance.ts";
import type { ServiceInstance } from "./service-instance.ts";
import type { Surroundings } from "./service-work.ts";

const SERVICES: readonly ServiceBlueprint[] = [...FRONT_SERVICES, ...PAYMENT_SERVICES, ...MONEY_SERVICES];

export interface CompanyOptions {
  readonly otlpUrl: string;
  readonly now: Now;
  /** Simulated milliseconds per real one. */
  readonly speed: number;
  readonly random: Random;
}

export interface Company {
  readonly serviceCount: number;
  readonly instanceCount: number;
  /** Where customers come in. */
  entryUrl(): string;
  /** From now on these faults, and no others, befall requests. */
  setFaults(faults: readonly Fault[]): void;
  /** Replaces one instance of a service by one that runs another version. */
  deploy(service: string, version: string): Promise<void>;
  /** Brings every instance back to the version it started with. */
  rollBack(): Promise<void>;
  /** Waits for what goes on behind requests, then stops every instance. */
  stop(): Promise<void>;
}

/** Starts every service of the company, each in as many instances as it has regions. */
export async function startCompany(options: CompanyOptions): Promise<Company> {
  let faults: readonly Fault[] = [];
  let turn = 0;
  const instances = new Map<string, ServiceInstance[]>();
  const background = new Set<Promise<unknown>>();
  const locate = (service: string): string => {
    const copies = instances.get(service) ?? [];
    turn += 1;
    const chosen = copies[turn % copies.length];
    if (chosen === undefined) throw new Error(`no instance of ${service} is running`);
    return chosen.url;
  };
  const surroundings: Surroundings = {
    random: options.random,
    locate,
    pace: (simulatedMs) => pace(simulatedMs / options.speed),
    background: (work) => {
      const settled: Promise<unknown> = work.catch(() => {}).finally(() => background.delete(settled));
      background.add(settled);
    },
  };
  const start = (blueprint: ServiceBlueprint, version: string, region: string): Promise<ServiceInstance> =>
    startServiceInstance({
      blueprint,
      version,
      region,
      otlpUrl: options.otlpUrl,
      now: options.now,
      surroundings,
      faultAt: (site) => befalls(faults, site, options.random),
    });
  const replaceFirst = async (blueprint: ServiceBlueprint, version: string): Promise<void> => {
    const copies = instances.get(blueprint.name);
    const old = copies?.[0];
    if (copies === undefined || old === undefined || old.version === version) return;
    copies[0] = await start(blueprint, version, old.region);
    // Requests that have already chosen the old instance may still be on their way to it.
    surroundings.background(sleep(500).then(() => old.stop()));
  };
  for (const blueprint of SERVICES) {
    instances.set(
      blueprint.name,
      await Promise.all(blueprint.regions.map((region) => start(blueprint, blueprint.version, region))),
    );
  }
  return {
    serviceCount: SERVICES.length,
    instanceCount: [...instances.values()].flat().length,
    entryUrl: () => locate("web-gateway"),
    setFaults: (next) => {
      faults = next;
    },
    deploy: async (service, version) => {
      const blueprint = SERVICES.find((candidate) => candidate.name === service);
      if (blueprint === undefined) throw new Error(`there is no service ${service}`);
      await replaceFirst(blueprint, version);
    },
    rollBack: async () => {
      for (const blueprint of SERVICES) await replaceFirst(blueprint, blueprint.version);
    },
    stop: async () => {
      await Promise.all(background);
      await Promise.all([...instances.values()].flat().map((instance) => instance.stop()));
    },
  };
}

/** Waits, unless it is for less than a timer can tell. */
async function pace(realMs: number): Promise<void> {
  if (realMs >= 1) await sleep(realMs);
}
