import type {
  AddressBudget,
  Asker,
  AttemptResult,
  Bundle,
  ClaimRequest,
  ClaimedNotification,
  ReceiverType,
} from "../alert/notification.ts";

/** What the outbox worker needs of the store. All waits and leases are on the database's clock. */
export interface OutboxStore {
  /**
   * Leases up to `limit` messages for receivers of one type: the first pending notification of each episode, or all that is
   * due of a group (those have the same `bundleId`); shared out over addresses, critical ones first. A lease that ran out is
   * taken over with `maybeSent`.
   */
  claim(request: ClaimRequest): Promise<readonly ClaimedNotification[]>;
  /** Milliseconds until something can be claimed, by type; types of which nothing is pending are left out. */
  dueInMs(types: readonly ReceiverType[], options?: DueOptions): Promise<ReadonlyMap<ReceiverType, number>>;
  /** What was claimed with one `bundleId`, with what its group was told so far. */
  readBundle(notifications: readonly ClaimedNotification[]): Promise<Bundle>;
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
    notification: Pick<
      ClaimedNotification,
      "id" | "attempt" | "episodeId" | "receiver" | "receiverType" | "address"
    >,
    owner: string,
    result: AttemptResult,
  ): Promise<"recorded" | "lost">;
  /** The same for all that was sent in one message. */
  recordBundle(bundle: Bundle, owner: string, result: AttemptResult): Promise<"recorded" | "lost">;
}

/** What holds for claims, by type of receiver. */
export interface DueOptions {
  /** Types whose groups are claimed as bundles. */
  readonly bundled: readonly ReceiverType[];
  readonly budgets: Budgets;
  readonly asker?: Asker;
}

export type Budgets = Readonly<Partial<Record<ReceiverType, AddressBudget>>>;
