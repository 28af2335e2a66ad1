import { and, eq, inArray } from "drizzle-orm";
import type { ReceiverType } from "../../alert/notification.ts";
import type { Database } from "./database.ts";
import { episodeReceivers, episodes } from "./schema.ts";

/** A firing alert that one receiver is not told of because of a silence. */
export interface MutedRow {
  readonly silenceId: string;
  readonly sloName: string;
  readonly alertKey: string;
  readonly receiver: string;
  readonly receiverType: ReceiverType;
}

const MOST_ROWS = 1_000;

/** What these silences mute now, as far as it fires; 1,000 at most. */
export async function readMuted(db: Database, silenceIds: readonly string[]): Promise<readonly MutedRow[]> {
  const { mutedBy, receiver, receiverType } = episodeReceivers;
  const rows = await db
    .select({
      mutedBy,
      receiver,
      receiverType,
      sloName: episodes.sloName,
      alertKey: episodes.alertKey,
    })
    .from(episodes)
    .innerJoin(episodeReceivers, eq(episodeReceivers.episodeId, episodes.id))
    .where(
      and(
        eq(episodes.state, "firing"),
        inArray(
          mutedBy,
          silenceIds.map((id) => `silence:${id}`),
        ),
      ),
    )
    .orderBy(episodes.firedAt, episodes.id)
    .limit(MOST_ROWS);
  return rows.map(({ mutedBy: by, ...row }) => ({ ...row, silenceId: by!.slice("silence:".length) }));
}
