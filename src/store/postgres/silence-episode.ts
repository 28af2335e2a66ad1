import { eq } from "drizzle-orm";
import { alertLabels } from "../../alert/alert-labels.ts";
import type { Episode } from "../../alert/episode.ts";
import { matchersOf, silencing, type Silence } from "../../alert/silence.ts";
import { timestampMs } from "../../model/time.ts";
import type { TimestampMs } from "../../model/time.ts";
import { recordAudit } from "./audit-store.ts";
import type { Database } from "./database.ts";
import { toEpisode } from "./episode-store.ts";
import { episodes } from "./schema.ts";
import { createSilence, endSilence, listCurrentSilences } from "./silence-store.ts";
import { takeWebhook } from "./taken-webhooks.ts";

/** Who wants it, and what it came with. */
export interface SilenceWish {
  readonly actor: string;
  /** Their name, for people. */
  readonly author: string;
  readonly at: TimestampMs;
  /** Where one of them was taken before, nothing happens again. */
  readonly webhookIds: readonly string[];
  /** For the audit log. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export type SilenceResult =
  | { readonly kind: "unknown" | "duplicate" | "too-many" }
  | { readonly kind: "closed"; readonly episode: Episode }
  /** It is silenced for as long already. */
  | { readonly kind: "same"; readonly silence: Silence }
  | { readonly kind: "silenced"; readonly silence: Silence };

/** What is silenced for nearly as long need not be silenced again. */
const NEARLY_MS = 60_000;

/** Silences the alert of an episode, all its tiers, from now on; once for each webhook. */
export async function silenceEpisode(
  db: Database,
  episodeId: string,
  wish: SilenceWish & { readonly forMs: number; readonly comment: string },
): Promise<SilenceResult> {
  const { actor, author, at, forMs, comment } = wish;
  return db.transaction(async (tx) => {
    // Its lock makes two who silence it at once take turns.
    const [row] = await tx.select().from(episodes).where(eq(episodes.id, episodeId)).for("update");
    if (!(await takeWebhook(tx, wish.webhookIds))) return { kind: "duplicate" };
    if (row === undefined) return { kind: "unknown" };
    const episode = toEpisode(row);
    if (episode.state === "resolved") return { kind: "closed", episode };
    const endsAt = timestampMs(at + forMs);
    const current = silencing(await listCurrentSilences(tx, at), alertLabels(episode), at);
    if (current !== undefined && current.endsAt >= endsAt - NEARLY_MS)
      return { kind: "same", silence: current };
    const wanted = { matchers: matchersOf(episode), startsAt: at, endsAt, comment, author };
    const silence = await createSilence(tx, wanted, actor, at);
    if (silence === "too-many") return { kind: "too-many" };
    await recordAudit(tx, {
      actor,
      action: "episode.silence",
      subject: episodeId,
      detail: { ...wish.detail, silence: silence.id, until: new Date(endsAt).toISOString() },
    });
    return { kind: "silenced", silence };
  });
}

export type EndSilenceResult =
  | { readonly kind: "unknown" | "duplicate" }
  | { readonly kind: "over" | "ended"; readonly silence: Silence };

/** Ends a silence that mutes an episode; once for each webhook. */
export async function endEpisodeSilence(
  db: Database,
  silenceId: string,
  episodeId: string,
  wish: SilenceWish,
): Promise<EndSilenceResult> {
  const { actor, at } = wish;
  return db.transaction(async (tx) => {
    if (!(await takeWebhook(tx, wish.webhookIds))) return { kind: "duplicate" };
    const ended = await endSilence(tx, silenceId, actor, at);
    if (ended === undefined) return { kind: "unknown" };
    if (ended.wasOver) return { kind: "over", silence: ended.silence };
    await recordAudit(tx, {
      actor,
      action: "episode.end-silence",
      subject: episodeId,
      detail: { ...wish.detail, silence: silenceId },
    });
    return { kind: "ended", silence: ended.silence };
  });
}
