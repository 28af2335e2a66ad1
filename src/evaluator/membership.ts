import type { Log } from "../self/log.ts";
import { ownerOf } from "./rendezvous.ts";

/** The members that are alive, and the count of their changes so far. */
export interface Beat {
  readonly epoch: number;
  readonly members: readonly string[];
}

export interface MembershipStore {
  /** Joins, or stays for another `leaseMs` on the store's clock. */
  beat(group: string, member: string, leaseMs: number): Promise<Beat>;
  leave(group: string, member: string): Promise<void>;
}

/** What falls to this process of work that several share. */
export interface Membership {
  /** Whether what has this name is this process's to do. */
  owns(name: string): boolean;
  /** Whether it does what only one should. */
  isLeader(): boolean;
  /** To be checked when something is written; undefined: nobody shares; NOT_A_MEMBER: it does not take part now. */
  epoch(): number | undefined;
  /** Whether there are others. */
  isShared(): boolean;
  stop(): Promise<void>;
}

/** A process that shares with nobody. */
export const ALONE: Membership = {
  owns: () => true,
  isLeader: () => true,
  epoch: () => undefined,
  isShared: () => false,
  stop: async () => {},
};

/** A process that looks on: others do the work. */
export const ONLOOKER: Membership = {
  ...ALONE,
  owns: () => false,
  isLeader: () => false,
  isShared: () => true,
};

export interface MembershipOptions {
  readonly store: MembershipStore;
  /** `evaluators`, `notifiers`. */
  readonly group: string;
  /** This process, unique among all that ever run. */
  readonly member: string;
  readonly log: Log;
  /** Called when the members have changed. */
  readonly onChange?: () => void;
  /** Without a sign of life for so long a member counts as gone. */
  readonly leaseMs?: number;
}

/** No group is ever in this epoch. */
export const NOT_A_MEMBER = -1;

const LEASE_MS = 6_000;
const LEADERSHIP = "leader";

/**
 * Takes part in a group: says every quarter of the lease that it is alive. One that cannot say so in time, by its own steady
 * clock, owns nothing any more before the others take over. Joined when the promise resolves.
 */
export async function joinGroup(options: MembershipOptions): Promise<Membership> {
  const { store, group, member, log, leaseMs = LEASE_MS } = options;
  let current: Beat = { epoch: 0, members: [] };
  let validUntil = 0;
  let failures = 0;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const beat = async (): Promise<void> => {
    const askedAt = performance.now();
    const next = await store.beat(group, member, leaseMs);
    validUntil = askedAt + leaseMs;
    const isNew = next.epoch !== current.epoch;
    current = next;
    if (isNew) {
      log.info(`members of the ${group} changed`, { members: next.members.length, epoch: next.epoch });
      options.onChange?.();
    }
  };
  const beatSafely = async (): Promise<void> => {
    try {
      await beat();
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1 || failures % 40 === 0)
        log.warn(`this process cannot tell the other ${group} that it is alive`, { failures, error });
    }
    if (!stopping) schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(() => {
      running = beatSafely();
    }, leaseMs / 4);
    timer.unref();
  };
  await beat();
  schedule();

  const isMember = (): boolean => !stopping && performance.now() < validUntil;
  const owns = (name: string): boolean => isMember() && ownerOf(name, current.members) === member;
  return {
    owns,
    isLeader: () => owns(LEADERSHIP),
    epoch: () => (isMember() ? current.epoch : NOT_A_MEMBER),
    isShared: () => true,
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      await running;
      await store.leave(group, member).catch(() => {
        // The lease runs out by itself.
      });
    },
  };
}
