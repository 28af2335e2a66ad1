import { parseMute } from "../alert/mute.ts";
import type { Told } from "../alert/telling.ts";
import { timeOrNull } from "../api/episode-body.ts";
import type { ToldBody } from "../api/episode-schema.ts";
import type { Corrections } from "./corrections.ts";
import type { Database } from "../store/postgres/database.ts";
import type { EpisodeStore } from "../store/postgres/episode-store.ts";
import { getSilence } from "../store/postgres/silence-store.ts";

/** What the receivers of these episodes were told, and why some were not; by episode. */
export type ToldOf = (episodeIds: readonly string[]) => Promise<ReadonlyMap<string, readonly ToldBody[]>>;

export function wireTold(parts: {
  readonly db: Database;
  readonly episodes: Pick<EpisodeStore, "loadTold" | "get">;
  readonly corrections: Pick<Corrections, "current">;
}): ToldOf {
  return async (episodeIds) => {
    const told = await parts.episodes.loadTold(episodeIds);
    const mutes = new Set([...told.values()].flat().flatMap(({ mutedBy }) => mutedBy ?? []));
    const reasons = new Map<string, string>();
    for (const mute of mutes) reasons.set(mute, await describe(mute, parts));
    const show = (entry: Told): ToldBody => ({
      receiver: entry.receiver,
      told: entry.toldState,
      toldAt: timeOrNull(entry.toldAt),
      mutedBy: entry.mutedBy,
      mutedWhy: entry.mutedBy === null ? null : (reasons.get(entry.mutedBy) ?? null),
    });
    return new Map([...told].map(([id, entries]) => [id, entries.map(show)]));
  };
}

/** In words; of what is no longer there what is known. */
async function describe(
  text: string,
  { db, episodes, corrections }: Parameters<typeof wireTold>[0],
): Promise<string> {
  const mute = parseMute(text);
  switch (mute?.kind) {
    case "silence": {
      const silence = await getSilence(db, mute.id);
      if (silence === undefined) return "a silence";
      const ends = new Date(silence.endsAt).toISOString();
      return `silence "${silence.comment}" of ${silence.author}, until ${ends}`;
    }
    case "maintenance": {
      const correction = corrections.current().find(({ id }) => id === mute.id);
      return correction === undefined
        ? "maintenance"
        : `maintenance "${correction.reason}" of ${correction.author}`;
    }
    case "inhibited": {
      const source = await episodes.get(mute.id);
      return source === undefined
        ? "another alert fires"
        : `${source.sloName} (${source.alertKey}) fires, which mutes this one`;
    }
    case undefined:
      return text;
  }
}
