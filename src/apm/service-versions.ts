import { isoTime, redOf, type Red } from "./red.ts";
import type { Marker, ReadRange, RequestGroup, SeenException, ServicePorts } from "./service-ports.ts";

export interface VersionView extends Red {
  /** "" where spans name none. */
  version: string;
  /** In the time that was asked for. */
  firstSeen: string;
  lastSeen: string;
  exceptions: { type: string; count: number }[];
  /** Types of its exceptions that no version that was seen before it recorded; null where none was seen before. */
  newExceptionTypes: string[] | null;
}

export interface ServiceVersions {
  /** The one that was seen first last. */
  versions: VersionView[];
  /** Changes that somebody told of, newest first. */
  markers: (Omit<Marker, "at"> & { at: string })[];
}

export interface VersionsQuestion extends ReadRange {
  readonly service: string;
  readonly apdexMs: number;
}

const MOST_VERSIONS = 100;
const MOST_EXCEPTIONS = 2_000;
const MOST_MARKERS = 100;
/** The rate of a version that was just seen. */
const LEAST_LENGTH_MS = 60_000;

/** What runs and ran of a service. A version's rate is that of the time in which it was seen, of a minute at least. */
export async function showVersions(
  ports: ServicePorts,
  question: VersionsQuestion,
): Promise<ServiceVersions> {
  const [groups, exceptions, markers] = await Promise.all([
    ports.readRequestGroups({ ...question, by: "version", order: "requests", limit: MOST_VERSIONS }),
    ports.readExceptionTypes({ ...question, limit: MOST_EXCEPTIONS }),
    ports.listMarkers({ ...question, limit: MOST_MARKERS }),
  ]);
  return {
    versions: versionsOf(groups, exceptions),
    markers: markers.map(({ id, service, version, at, kind, description, url }) => ({
      id,
      service,
      version,
      at: isoTime(at),
      kind,
      description,
      url,
    })),
  };
}

/** Newest first. */
export function versionsOf(
  groups: readonly RequestGroup[],
  exceptions: readonly SeenException[],
): VersionView[] {
  const oldestFirst = [...groups].sort((a, b) => a.firstMs - b.firstMs || (a.version < b.version ? -1 : 1));
  const before = new Set<string>();
  const views = oldestFirst.map(({ version, stats, firstMs, lastMs }, index): VersionView => {
    const own = exceptions.filter((exception) => exception.version === version);
    const fresh = own.map(({ type }) => type).filter((type) => !before.has(type));
    for (const { type } of own) before.add(type);
    return {
      version,
      firstSeen: isoTime(firstMs),
      lastSeen: isoTime(lastMs),
      ...redOf(stats, Math.max(LEAST_LENGTH_MS, lastMs - firstMs)),
      exceptions: own.map(({ type, count }) => ({ type, count })),
      newExceptionTypes: index === 0 ? null : fresh.sort(),
    };
  });
  return views.reverse();
}
