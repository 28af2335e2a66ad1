import type { ServiceChange } from "../alert/notification-context.ts";
import { HOUR_MS } from "../model/time.ts";
import type { ContextPorts } from "../notify/add-context.ts";
import type { Deployment, DeploymentFilter } from "../store/postgres/deployment-store.ts";

const MOST_CHANGES = 3;

/**
 * Adds deployments that were told of by API with their version, from an hour before the trouble to an hour after it began: the
 * spans of a service may name no version, or none may have come since.
 */
export function withToldVersions(
  ports: ContextPorts,
  list: (filter: DeploymentFilter) => Promise<readonly Deployment[]>,
): ContextPorts {
  return {
    ...ports,
    whatChanged: async (notification, signal) => {
      const { startedAt, at, facts } = notification;
      if (facts.service === "") return ports.whatChanged(notification, signal);
      const [seen, deployments] = await Promise.all([
        ports.whatChanged(notification, signal),
        list({
          service: facts.service,
          kind: "deployment",
          startMs: startedAt - HOUR_MS,
          endMs: Math.min(at, startedAt + HOUR_MS) + 1,
          limit: MOST_CHANGES,
        }),
      ]);
      const known = new Set(seen.map(nameOf));
      const told = deployments.flatMap(({ service, version, at: firstSeenMs }) =>
        version === null ? [] : [{ service, version, firstSeenMs }],
      );
      return [...seen, ...told.filter((change) => !known.has(nameOf(change)))]
        .sort((a, b) => b.firstSeenMs - a.firstSeenMs)
        .slice(0, MOST_CHANGES);
    },
  };
}

const nameOf = ({ service, version }: Pick<ServiceChange, "service" | "version">): string =>
  JSON.stringify([service, version]);
