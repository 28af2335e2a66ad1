import { and, inArray, isNotNull, or } from "drizzle-orm";
import { parseMute } from "../../alert/mute.ts";
import type { Handling } from "../../alert/notification.ts";
import { timestampMs } from "../../model/time.ts";
import type { Database } from "./database.ts";
import { episodeReceivers, episodes, silences } from "./schema.ts";

/** What people did to these episodes so far, by episode. */
export async function readHandling(
  db: Database,
  episodeIds: readonly string[],
): Promise<ReadonlyMap<string, Handling>> {
  if (episodeIds.length === 0) return new Map();
  const ids = [...new Set(episodeIds)];
  const taken = await db
    .select({ id: episodes.id, at: episodes.acknowledgedAt, by: episodes.acknowledgedBy })
    .from(episodes)
    .where(inArray(episodes.id, ids));
  const receivers = await db
    .select()
    .from(episodeReceivers)
    .where(
      and(
        inArray(episodeReceivers.episodeId, ids),
        or(isNotNull(episodeReceivers.mutedBy), isNotNull(episodeReceivers.remote)),
      ),
    );
  const silencesById = await readSilences(
    db,
    receivers.map(({ mutedBy }) => mutedBy),
  );
  return new Map(
    taken.map(({ id, at, by }) => {
      const own = receivers.filter(({ episodeId }) => episodeId === id);
      const incident = own.find(({ remote }) => remote !== null);
      const mute = own.map(({ mutedBy }) => silencesById.get(mutedBy ?? "")).find((one) => one !== undefined);
      const closedAt = incident?.closedAt ?? null;
      const handling: Handling = {
        acknowledged: at === null ? null : { at: timestampMs(at), by: by ?? "somebody" },
        silenced: mute ?? null,
        remote: incident?.remote ?? null,
        closedAt: closedAt === null ? null : timestampMs(closedAt),
      };
      return [id, handling];
    }),
  );
}

/** By how they are noted at receivers. */
async function readSilences(
  db: Database,
  notes: readonly (string | null)[],
): Promise<ReadonlyMap<string, NonNullable<Handling["silenced"]>>> {
  const ids = notes.flatMap((note) => {
    const mute = note === null ? undefined : parseMute(note);
    return mute?.kind === "silence" ? [mute.id] : [];
  });
  if (ids.length === 0) return new Map();
  const rows = await db
    .select()
    .from(silences)
    .where(inArray(silences.id, [...new Set(ids)]));
  return new Map(
    rows.map(({ id, author, endsAt }) => [`silence:${id}`, { id, by: author, until: timestampMs(endsAt) }]),
  );
}
