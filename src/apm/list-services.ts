import { isoTime, redOf, type Red } from "./red.ts";
import type { ReadRange, SeenService, ServicePorts, ServiceSlo } from "./service-ports.ts";

export interface RunningVersion {
  /** "" where spans name none. */
  version: string;
  firstSeen: string;
  lastSeen: string;
  spans: number;
  /** Its spans ended up to less than five minutes before the service's last one. */
  isRunning: boolean;
}

export interface ServiceSummary extends Red {
  name: string;
  /** Null where none is seen in the time that was asked for. */
  lastSeen: string | null;
  /** Of any kind. */
  spans: number;
  versions: RunningVersion[];
  /** Those that the SLOs of the service name, by name. */
  owners: string[];
  slos: { name: string; state: ServiceSlo["state"]; budgetRemainingRatio: number | null }[];
}

export interface ServicesQuestion extends ReadRange {
  readonly apdexMs: number;
  readonly limit: number;
}

export interface ServiceList {
  services: ServiceSummary[];
  isTruncated: boolean;
}

/** Spans of the last instances of an older version arrive a little later than they ended. */
const RUNNING_MS = 5 * 60_000;

/** Services that sent spans, the busiest first, and then those that only have SLOs, by name. */
export async function listServices(
  ports: Pick<ServicePorts, "readServices" | "slos">,
  question: ServicesQuestion,
): Promise<ServiceList> {
  const { limit } = question;
  const seen = await ports.readServices({ ...question, limit: limit + 1 });
  const lengthMs = question.toMs - question.fromMs;
  const slos = ports.slos();
  const services = seen.slice(0, limit).map((service) => summaryOf(service.service, service, slos, lengthMs));
  const known = new Set(seen.map(({ service }) => service));
  const silent = [...new Set(slos.map(({ service }) => service))]
    .filter((name) => name !== "" && !known.has(name))
    .sort();
  const isTruncated = services.length + silent.length > limit || seen.length > limit;
  // Of more than can be listed nobody knows which ones are silent.
  if (seen.length <= limit) {
    for (const name of silent.slice(0, limit - services.length)) {
      services.push(summaryOf(name, undefined, slos, lengthMs));
    }
  }
  return { services, isTruncated };
}

const NO_STATS = {
  requests: 0,
  errors: 0,
  satisfied: 0,
  tolerating: 0,
  totalMs: 0,
  p50Ms: 0,
  p90Ms: 0,
  p95Ms: 0,
  p99Ms: 0,
};

/** `seen`: undefined of a service that sent no spans. */
export function summaryOf(
  name: string,
  seen: SeenService | undefined,
  slos: readonly ServiceSlo[],
  lengthMs: number,
): ServiceSummary {
  const own = slos.filter(({ service }) => service === name).sort((a, b) => (a.name < b.name ? -1 : 1));
  const lastMs = seen?.lastMs;
  return {
    name,
    ...redOf(seen?.stats ?? NO_STATS, lengthMs),
    spans: seen?.spans ?? 0,
    lastSeen: lastMs === undefined ? null : isoTime(lastMs),
    versions: (seen?.versions ?? []).map((version) => ({
      version: version.version,
      firstSeen: isoTime(version.firstMs),
      lastSeen: isoTime(version.lastMs),
      spans: version.spans,
      isRunning: lastMs !== undefined && version.lastMs > lastMs - RUNNING_MS,
    })),
    owners: [...new Set(own.flatMap(({ owner }) => owner ?? []))].sort(),
    slos: own.map(({ name: slo, state, budgetRemainingRatio }) => ({
      name: slo,
      state,
      budgetRemainingRatio,
    })),
  };
}
