import { isSelfEpisode } from "../alert/self-problem.ts";
import type { Config } from "../config.ts";
import type { EvaluatorPorts } from "../evaluator/evaluator.ts";
import { createTeller, type TellingRules } from "../evaluator/tell-episodes.ts";
import type { ExclusionOf } from "../slo/exclusion.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import type { Database } from "../store/postgres/database.ts";
import type { EpisodeStore } from "../store/postgres/episode-store.ts";
import { readRecentFirings } from "../store/postgres/read-recent-firings.ts";
import { listIndicators } from "../store/postgres/indicator-store.ts";
import { wireCountReader } from "./counts.ts";
import type { Ingest } from "./ingest.ts";

/** How often a process that does not ingest looks which indicators are counted. */
const COUNTED_POLL_MS = 2_000;

/** Gives the evaluator its counts, episodes and receivers. */
export async function wireEvaluatorPorts(parts: {
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly config: Config;
  readonly episodes: EpisodeStore;
  /** Filled in once ingest is wired. */
  readonly countedIn: { readonly ingest: Ingest | undefined };
  readonly kickOutbox: () => void;
  readonly exclusionOf: ExclusionOf;
  readonly rules: TellingRules;
}): Promise<{ readonly ports: EvaluatorPorts; readonly closePorts: () => Promise<void> }> {
  const { clickhouse, config, episodes, countedIn } = parts;
  const elsewhere = config.roles.has("ingest") ? undefined : await pollCounted(parts.db);
  const teller = createTeller(episodes, parts.rules, parts.kickOutbox);
  const ports: EvaluatorPorts = {
    counts: wireCountReader(clickhouse),
    exclusionOf: parts.exclusionOf,
    coveredFromMs: (id) =>
      elsewhere === undefined ? countedIn.ingest?.counting.coveredFromMs(id) : elsewhere.coveredFromMs(id),
    // Those about Noroshi itself have no SLO: the evaluator would close them as deleted.
    loadOpenEpisodes: async () => (await episodes.loadOpen()).filter((episode) => !isSelfEpisode(episode)),
    storeTransition: (change, open) => teller.store(change, open),
    catchUp: (own, at, open) => teller.catchUp(own, at, open),
    loadFirings: (sinceMs) => readRecentFirings(parts.db, sinceMs),
  };
  return { ports, closePorts: async () => elsewhere?.stop() };
}

/** What other processes have counted completely, and since when. */
async function pollCounted(
  db: Database,
): Promise<{ coveredFromMs(id: string): number | undefined; stop(): void }> {
  const read = async (): Promise<Map<string, number>> => {
    const records = await listIndicators(db);
    const live = records.filter((record) => record.state === "live");
    return new Map(live.map((record) => [record.indicator.id, record.coveredFromMs ?? 0]));
  };
  let covered = await read();
  const timer = setInterval(() => {
    read().then(
      (next) => (covered = next),
      // The evaluator's own reads of the same store say that it is away.
      () => undefined,
    );
  }, COUNTED_POLL_MS);
  return { coveredFromMs: (id) => covered.get(id), stop: () => clearInterval(timer) };
}
