import type {
  AttemptResult,
  ClaimRequest,
  ClaimedNotification,
  ReceiverType,
} from "../alert/notification.ts";

/** What the outbox worker needs of the store. All waits and leases are on the database's clock. */
export interface OutboxStore {
  /**
   * Leases up to `limit` due notifications of receivers of one type: the first pending one of each episode, critical ones first.
   * A lease that ran out is taken over with `maybeSent`.
   */
  claim(request: ClaimRequest): Promise<readonly ClaimedNotification[]>;
  /** Milliseconds until something can be claimed; undefined when nothing is pending. */
  nextDueInMs(types: readonly ReceiverType[]): Promise<number | undefined>;
  /** Prolongs leases that `owner` still holds; gives the ids of those. */
  extend(
    held: readonly Pick<ClaimedNotification, "id" | "attempt">[],
    owner: string,
    leaseMs: number,
  ): Promise<ReadonlySet<string>>;
  /**
   * Records an attempt and what follows from it, in one transaction. `lost`: the lease has gone to another worker; the
   * attempt is in the history, and the notification stays with that one.
   */
  record(
    notification: Pick<ClaimedNotification, "id" | "attempt" | "episodeId" | "receiver" | "address">,
    owner: string,
    result: AttemptResult,
  ): Promise<"recorded" | "lost">;
}
