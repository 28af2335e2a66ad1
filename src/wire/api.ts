import type { Episode } from "../alert/episode.ts";
import { isSelfEpisode, SELF_NAME } from "../alert/self-problem.ts";
import { episodeBody, timeOrNull, timeText } from "../api/episode-body.ts";
import { episodeHistory } from "../api/episode-history.ts";
import type { EpisodeBody, NotificationBody } from "../api/episode-schema.ts";
import type { CountRange } from "../api/counts-route.ts";
import type { NativeApiPorts, NativeArea } from "../api/native-routes.ts";
import type { PagePorts } from "../api/pages.ts";
import { sloBody } from "../api/slo-body.ts";
import type { SloView } from "../api/slo-body.ts";
import type { SloBody } from "../api/slo-schema.ts";
import type { Evaluator } from "../evaluator/evaluator.ts";
import type { SlosInForce } from "../grouping/slo-catalogue.ts";
import { dedupKey } from "../notify/notification.ts";
import { coveredFromMs } from "../slo/count-parts.ts";
import { excludedFor, type ExclusionOf } from "../slo/exclusion.ts";
import type { Interval } from "../slo/intervals.ts";
import type { LoadedSpecs } from "../spec/load-specs.ts";
import type { SourceStatus } from "../spec/source/sync-status.ts";
import type { CountColumns } from "../store/clickhouse/read-count-steps.ts";
import type { EpisodeStore } from "../store/postgres/episode-store.ts";
import type { DoneRecord } from "./handling.ts";
import type { NotificationRecord, NotificationStore } from "../store/postgres/notification-store.ts";
import { specListBody } from "./spec-status.ts";
import type { ToldOf } from "./told.ts";

export interface ApiSources {
  readonly specs: () => { readonly loaded: LoadedSpecs; readonly loadedAtMs: number };
  /** The SLOs that are judged, groups among them. */
  readonly inForce: () => SlosInForce;
  readonly specStatuses: () => readonly SourceStatus[];
  readonly evaluator: Pick<Evaluator, "latest">;
  /** Since when an indicator's counts are complete; undefined while they are not. */
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  readonly episodes: EpisodeStore;
  readonly notifications: NotificationStore;
  /** What people did to an episode, oldest first; a few hundred at most. */
  readonly doneTo: (episodeId: string) => Promise<readonly DoneRecord[]>;
  readonly toldOf: ToldOf;
  /** Routes of further areas. */
  readonly areas: readonly NativeArea[];
  /** Counts of an indicator in [startMs, endMs), by steps. */
  readonly readCounts: (
    indicatorId: string,
    range: CountRange,
    excluded?: readonly Interval[],
  ) => Promise<CountColumns>;
  /** What corrections exclude of an SLO. */
  readonly exclusionOf?: ExclusionOf | undefined;
}

export interface WiredApi {
  readonly native: NativeApiPorts;
  readonly pages: PagePorts;
  /** Every SLO with what is known of it, by name. */
  readonly sloViews: () => readonly SloView[];
}

/** While the store is away the page still shows what the evaluator knows. */
async function selfProblems(episodes: EpisodeStore): Promise<readonly EpisodeBody[]> {
  const firing = await episodes
    .list({ slo: SELF_NAME, state: "firing", limit: 20 })
    .catch(() => ({ episodes: [] }));
  return firing.episodes.filter(isSelfEpisode).map((episode) => episodeBody(episode, dedupKey(episode.id)));
}

/** Gives the API and the pages what they show. */
export function wireApi(sources: ApiSources): WiredApi {
  const { specs, evaluator, episodes, notifications, toldOf } = sources;
  const sloViews = (): SloView[] => {
    const latest = evaluator.latest();
    const { slos: inForce, found } = sources.inForce();
    const sorted = [...inForce].sort((a, b) => (a.name < b.name ? -1 : 1));
    const views = sorted.map((slo): SloView => {
      const verdict = latest?.verdicts.get(slo.name);
      return {
        slo,
        // A verdict on an older definition says nothing about this one.
        verdict: verdict?.slo.indicator.id === slo.indicator.id ? verdict : undefined,
        coveredFromMs: coveredFromMs(slo, sources.coveredFromMs),
        openEpisodes: latest?.openEpisodes.filter((episode) => episode.sloName === slo.name) ?? [],
      };
    });
    return withGroups(views, found);
  };
  const slos = (): SloBody[] => sloViews().map(sloBody);
  const native: NativeApiPorts = {
    areas: sources.areas,
    slos,
    readCounts: async (name, range, part) => {
      const slo = sources.inForce().slos.find((candidate) => candidate.name === name);
      if (slo === undefined) return undefined;
      const { indicator } = slo;
      const parts = indicator.source === "composite" ? indicator.parts : [];
      const counted = parts.find((candidate) => candidate.name === part)?.indicator ?? indicator;
      if ((part !== undefined || parts.length > 0) && counted === indicator)
        return { parts: parts.map((candidate) => candidate.name) };
      const { id } = counted;
      const { method } = parts.find((candidate) => candidate.indicator === counted) ?? slo;
      const exclusion = range.corrected === true ? sources.exclusionOf?.(slo) : undefined;
      const excluded = exclusion && excludedFor(exclusion, method, range.startMs, range.endMs);
      const { good, total } = await sources.readCounts(id, range, excluded);
      return { indicator: id, coveredFromMs: sources.coveredFromMs(id), good: [...good], total: [...total] };
    },
    specs: () => specListBody(specs(), sources.specStatuses()),
    listEpisodes: async (filter) => {
      const page = await episodes.list(filter);
      const told = await toldOf(page.episodes.map(({ id }) => id));
      const body = (one: Episode) => episodeBody(one, dedupKey(one.id), told.get(one.id));
      return { episodes: page.episodes.map(body), nextCursor: page.nextCursor };
    },
    getEpisode: async (id) => {
      const episode = await episodes.get(id);
      if (episode === undefined) return undefined;
      const sent = await notifications.list({ episodeId: id, limit: 500 });
      return {
        episode: episodeBody(episode, dedupKey(id), (await toldOf([id])).get(id)),
        notifications: sent.notifications.map(notificationBody),
        history: [...episodeHistory(episode, sent.notifications, await sources.doneTo(id))],
      };
    },
    listNotifications: async (filter) => {
      const page = await notifications.list(filter);
      return { notifications: page.notifications.map(notificationBody), nextCursor: page.nextCursor };
    },
  };
  const pages: PagePorts = {
    slos,
    episodesOf: async (slo) =>
      (await episodes.list({ slo, limit: 20 })).episodes.map((episode) =>
        episodeBody(episode, dedupKey(episode.id)),
      ),
    selfProblems: () => selfProblems(episodes),
  };
  return { native, pages, sloViews };
}

/** Gives each SLO with groups what was found of them. */
function withGroups(views: readonly SloView[], found: SlosInForce["found"]): SloView[] {
  if (found.size === 0) return [...views];
  const byParent = new Map<string, SloView[]>();
  for (const view of views) {
    const parent = view.slo.group?.parent;
    if (parent === undefined) continue;
    const siblings = byParent.get(parent);
    if (siblings === undefined) byParent.set(parent, [view]);
    else siblings.push(view);
  }
  return views.map((view) => {
    const findings = found.get(view.slo.name);
    if (findings === undefined) return view;
    return { ...view, groups: { ...findings, groups: byParent.get(view.slo.name) ?? [] } };
  });
}

function notificationBody(record: NotificationRecord): NotificationBody {
  return {
    id: record.id,
    episodeId: record.episodeId,
    sloName: record.sloName,
    receiver: record.receiver,
    receiverType: record.receiverType,
    action: record.action,
    state: record.state,
    at: timeText(record.at),
    createdAt: timeText(record.createdAt),
    nextAttemptAt: timeOrNull(record.nextAttemptAt),
    deliveredAt: timeOrNull(record.deliveredAt),
    attempts: record.attempts.map((attempt) => ({ ...attempt, at: timeText(attempt.at) })),
  };
}
