import type { Config } from "../config.ts";
import { createAddContext } from "../notify/add-context.ts";
import type { BundleSenders, Senders } from "../notify/notification.ts";
import { prepareAll, preparedBundleSenders, preparedSenders } from "../notify/prepare.ts";
import { createWording } from "../notify/wording.ts";
import type { Log } from "../self/log.ts";
import type { Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import type { Database } from "../store/postgres/database.ts";
import { listDeployments } from "../store/postgres/deployment-store.ts";
import { wireNotificationContext } from "./notification-context.ts";
import { withToldVersions } from "./told-versions.ts";

interface PrepareParts {
  readonly config: Pick<Config, "receivers">;
  readonly log: Log;
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly slos: () => readonly Slo[];
  readonly publicUrl: string;
}

/** Puts what is found about an alert, and the words of its receiver's template, before senders. */
export function wirePrepare(parts: PrepareParts): {
  readonly senders: (senders: Senders) => Senders;
  readonly bundles: (senders: BundleSenders) => BundleSenders;
} {
  const { config, log, publicUrl } = parts;
  const templates = new Map(
    config.receivers.flatMap(({ name, template }) =>
      template === undefined ? [] : [[name, template] as const],
    ),
  );
  const word = createWording({ templates, publicUrl });
  const ports = withToldVersions(wireNotificationContext(parts), (filter) =>
    listDeployments(parts.db, filter),
  );
  const prepare = prepareAll(createAddContext({ ports, log }), word);
  return {
    senders: (senders) => preparedSenders(senders, prepare),
    bundles: (senders) => preparedBundleSenders(senders, prepare, word),
  };
}
