import { and, eq, sql } from "drizzle-orm";
import type { Episode, StandInFacts } from "../../alert/episode.ts";
import type { ReceiverChoice, ReceiverType } from "../../alert/notification.ts";
import type { TimestampMs } from "../../model/time.ts";
import { selectRows } from "./claim-notifications.ts";
import type { Database } from "./database.ts";
import { toEpisode } from "./episode-store.ts";
import { addressKey } from "./outbox-lanes.ts";
import { episodeReceivers, episodes } from "./schema.ts";
import { putIntoOutbox } from "./telling-store.ts";

/** An episode that fires and that one of its receivers has not been told of. */
export interface FailingReceiver {
  readonly episodeId: string;
  readonly receiver: string;
  readonly receiverType: ReceiverType;
  /** Refused for good; otherwise it is still tried. */
  readonly isRefused: boolean;
  /** Since the first attempt. */
  readonly failingMs: number;
  /** What it answered last; empty when it was not asked yet. */
  readonly detail: string;
}

/** Most in one look. */
const MOST = 500;

/**
 * Receivers that refused for good to be told of an episode, or have not taken it for `afterMs`; where their address has
 * failed for so long, from the first attempt on. Those for which somebody stands in already are left out.
 */
export async function readFailing(db: Database, afterMs: number): Promise<readonly FailingReceiver[]> {
  const longAgo = sql`now() - ${afterMs}::float8 * interval '1 millisecond'`;
  const rows = await selectRows<Record<string, unknown>>(
    db,
    sql`
      select distinct on (n.episode_id, n.receiver) n.episode_id, n.receiver, n.receiver_type,
        n.state = 'rejected' as is_refused,
        coalesce(extract(epoch from now() - tried.first_at) * 1000, 0)::float8 as failing_ms,
        coalesce(tried.detail, '') as detail
      from notifications n
      join episodes e on e.id = n.episode_id and e.state = 'firing'
      join episode_receivers r on r.episode_id = n.episode_id and r.receiver = n.receiver and r.muted_by is null
      left join delivery_addresses a on a.key = ${addressKey(sql`n.receiver_type`, sql`r.address`)}
      left join lateral (
        select min(t.at) as first_at, (array_agg(t.detail order by t.attempt desc))[1] as detail
        from notification_attempts t where t.notification_id = n.id
      ) tried on true
      where n.state in ('pending', 'rejected') and n.action in ('trigger', 'update', 'remind') and n.receiver_type <> 'log'
        and (n.state = 'rejected' or tried.first_at < ${longAgo}
          or (n.attempts > 0 and a.failing_since < ${longAgo})
          or (n.attempts = 0 and n.next_attempt_at < ${longAgo} and (a.held_until > now() or a.failing_since is not null)))
        and not exists (
          select 1 from notifications heard
          where heard.episode_id = n.episode_id and heard.receiver = n.receiver and heard.state = 'delivered')
        and not exists (
          select 1 from episode_receivers other
          where other.episode_id = n.episode_id and other.stands_in_for = n.receiver)
      order by n.episode_id, n.receiver, n.sequence limit ${MOST}`,
  );
  return rows.map((row) => ({
    episodeId: String(row["episode_id"]),
    receiver: String(row["receiver"]),
    receiverType: row["receiver_type"] as ReceiverType,
    isRefused: row["is_refused"] === true,
    failingMs: Number(row["failing_ms"]),
    detail: String(row["detail"]),
  }));
}

/**
 * Tells the first of `chain` that does not fail itself, and notes in whose place; one that was told already is told again,
 * with the reason. Gives its name; undefined when nobody is left, or the episode is over, or another process was faster.
 */
export async function addStandIn(
  db: Database,
  { episodeId, receiver }: Pick<FailingReceiver, "episodeId" | "receiver">,
  chain: (episode: Episode) => readonly ReceiverChoice[],
  why: (episode: Episode) => StandInFacts,
  at: TimestampMs,
): Promise<string | undefined> {
  return db.transaction(async (tx) => {
    // The row's lock keeps the evaluator and this in order.
    const [row] = await tx.select().from(episodes).where(eq(episodes.id, episodeId)).for("update");
    if (row?.state !== "firing") return undefined;
    const told = await tx.select().from(episodeReceivers).where(eq(episodeReceivers.episodeId, episodeId));
    const original = told.find((one) => one.receiver === receiver);
    if (original === undefined || told.some((one) => one.standsInFor === receiver)) return undefined;
    const failing = await readUnheard(tx, episodeId);
    const episode = toEpisode(row);
    const choice = chain(episode).find((one) => !failing.has(one.receiver));
    if (choice === undefined) return undefined;
    const known = told.find((one) => one.receiver === choice.receiver);
    const policy = original.policy === null ? null : { ...original.policy, digest: null };
    await (known === undefined
      ? tx.insert(episodeReceivers).values({
          ...choice,
          episodeId,
          policy,
          toldState: "firing",
          toldTier: episode.facts.tier,
          toldAt: at,
          standsInFor: receiver,
        })
      : tx
          .update(episodeReceivers)
          .set({ standsInFor: receiver, toldState: "firing", toldAt: at })
          .where(
            and(eq(episodeReceivers.episodeId, episodeId), eq(episodeReceivers.receiver, choice.receiver)),
          ));
    const facts = { ...episode.facts, standIn: why(episode) };
    const action = known?.toldState === "firing" ? "remind" : "trigger";
    await putIntoOutbox(tx, { ...episode, facts }, [{ receiver: choice.receiver, action }], at);
    return choice.receiver;
  });
}

/** Who was tried without success, and never heard of the episode. */
async function readUnheard(tx: Database, episodeId: string): Promise<ReadonlySet<string>> {
  const rows = await selectRows<{ receiver: string }>(
    tx,
    sql`
      select receiver from notifications where episode_id = ${episodeId}
      group by receiver
      having bool_or(state = 'rejected' or (state = 'pending' and attempts > 0)) and not bool_or(state = 'delivered')`,
  );
  return new Set(rows.map(({ receiver }) => receiver));
}
