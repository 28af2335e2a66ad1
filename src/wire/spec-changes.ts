import type { NativeArea } from "../api/native-routes.ts";
import { createSpecChangeRoutes } from "../api/spec-change-routes.ts";
import type { Now } from "../model/time.ts";
import type { PreviewCounts } from "../sli/preview-counts.ts";
import { createSpecChanges } from "../spec-diff/change-specs.ts";
import { createReplayThread } from "../spec-diff/replay-thread.ts";
import { createPushedSource } from "../spec/source/pushed-source.ts";
import type { SpecSource } from "../spec/source/spec-source.ts";
import type { Database } from "../store/postgres/database.ts";
import { listCorrections } from "../store/postgres/correction-store.ts";
import type { EpisodeStore } from "../store/postgres/episode-store.ts";
import {
  changePushedSources,
  listPushedSources,
  pushedSourcesVersion,
} from "../store/postgres/pushed-source-store.ts";
import { correctionOf } from "./corrections.ts";
import type { Specs } from "./specs.ts";

/** What `noroshi apply` pushed, from the control store. */
export function wirePushedSource(db: Database): SpecSource {
  return createPushedSource({
    list: () => listPushedSources(db),
    version: () => pushedSourcesVersion(db),
  });
}

/** The routes that compare and apply spec files. */
export function wireSpecChanges(parts: {
  readonly db: Database;
  readonly specs: Pick<Specs, "held" | "reload">;
  readonly episodes: Pick<EpisodeStore, "loadOpen">;
  readonly previewCounts: PreviewCounts;
  readonly now: Now;
}): NativeArea {
  const { db, specs, episodes, previewCounts, now } = parts;
  // It goes by itself when nobody asks it, and keeps no process alive until then.
  const thread = createReplayThread();
  const changes = createSpecChanges({
    held: () =>
      specs
        .held()
        .filter(({ source }) => source.kind !== "pushed")
        .map(({ source: { name, kind }, snapshot: { texts, problems } }) => ({
          name: `the ${kind === "git" ? "repository" : "folder"} ${name}`,
          source: name,
          texts,
          problems,
        })),
    list: () => listPushedSources(db),
    change: (work) => changePushedSources(db, work),
    reload: () => specs.reload(),
    openEpisodes: async () =>
      (await episodes.loadOpen()).map(({ id, sloName, alertKey, severity, startedAt }) => ({
        slo: sloName,
        episodeId: id,
        alertKey,
        severity,
        startedMs: startedAt,
      })),
    corrections: async () => (await listCorrections(db)).map(correctionOf),
    readCounts: previewCounts,
    replay: thread.replay,
    now,
    steadyMs: () => performance.now(),
  });
  return createSpecChangeRoutes(changes);
}
