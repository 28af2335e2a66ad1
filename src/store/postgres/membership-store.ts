import { and, eq, gt, like, lte, ne, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { leases } from "./control-tables.ts";

/** The members that are alive, and the count of their changes so far. */
interface Beat {
  readonly epoch: number;
  readonly members: readonly string[];
}

interface MembershipStore {
  /** Joins, or stays for another `leaseMs` on the database's clock. */
  beat(group: string, member: string, leaseMs: number): Promise<Beat>;
  leave(group: string, member: string): Promise<void>;
}

/** Gone ones are remembered for so long: what they were sending is taken over. */
const FORGOTTEN_AFTER = sql`interval '1 day'`;

/**
 * Who of several processes is alive, by leases on the database's clock. `token` of the group's own row counts the changes of
 * its members: whoever writes checks it (`sameEpoch`) and so learns, in the same transaction, that the work has gone to others.
 */
export function createMembershipStore(db: Database): MembershipStore {
  return {
    beat: async (group, member, leaseMs) => {
      const kept = await db
        .update(leases)
        .set({ until: inMs(leaseMs) })
        .where(and(eq(leases.name, nameOf(group, member)), gt(leases.until, sql`now()`)))
        .returning({ name: leases.name });
      const gone = kept.length === 0 || (await someoneIsGone(db, group));
      return gone ? changeMembers(db, group, member, leaseMs) : readBeat(db, group);
    },
    leave: async (group, member) => {
      await db.transaction(async (tx) => {
        const left = await tx
          .update(leases)
          .set({ owner: "", until: sql`now()` })
          .where(and(eq(leases.name, nameOf(group, member)), ne(leases.owner, "")))
          .returning({ name: leases.name });
        if (left.length > 0) await nextEpoch(tx, group);
      });
    },
  };
}

/** False when the members have changed since that epoch. Holds them until the transaction ends. */
export async function sameEpoch(tx: Database, group: string, epoch: number): Promise<boolean> {
  const rows = await tx
    .select({ token: leases.token })
    .from(leases)
    .where(eq(leases.name, group))
    .for("share");
  return rows[0]?.token === epoch;
}

const nameOf = (group: string, member: string): string => `${group}/${member}`;

async function someoneIsGone(db: Database, group: string): Promise<boolean> {
  const rows = await db
    .select({ name: leases.name })
    .from(leases)
    .where(and(like(leases.name, `${group}/%`), lte(leases.until, sql`now()`), ne(leases.owner, "")))
    .limit(1);
  return rows.length > 0;
}

async function changeMembers(db: Database, group: string, member: string, leaseMs: number): Promise<Beat> {
  return db.transaction(async (tx) => {
    // One change after another; the row is the group's own.
    await tx
      .insert(leases)
      .values({ name: group, owner: "", token: 0, until: sql`'infinity'` })
      .onConflictDoNothing();
    await tx.select({ token: leases.token }).from(leases).where(eq(leases.name, group)).for("update");
    const gone = await tx
      .update(leases)
      .set({ owner: "" })
      .where(
        and(
          like(leases.name, `${group}/%`),
          lte(leases.until, sql`now()`),
          ne(leases.owner, ""),
          ne(leases.name, nameOf(group, member)),
        ),
      )
      .returning({ name: leases.name });
    const wasAlive = await tx
      .update(leases)
      .set({ until: inMs(leaseMs) })
      .where(and(eq(leases.name, nameOf(group, member)), gt(leases.until, sql`now()`)))
      .returning({ name: leases.name });
    if (wasAlive.length === 0) {
      const self = { owner: member, until: inMs(leaseMs) };
      await tx
        .insert(leases)
        .values({ name: nameOf(group, member), token: 0, ...self })
        .onConflictDoUpdate({ target: leases.name, set: self });
    }
    await tx
      .delete(leases)
      .where(and(like(leases.name, `${group}/%`), lte(leases.until, sql`now() - ${FORGOTTEN_AFTER}`)));
    if (gone.length > 0 || wasAlive.length === 0) await nextEpoch(tx, group);
    return readBeat(tx, group);
  });
}

async function nextEpoch(tx: Database, group: string): Promise<void> {
  await tx
    .update(leases)
    .set({ token: sql`${leases.token} + 1` })
    .where(eq(leases.name, group));
}

async function readBeat(db: Database, group: string): Promise<Beat> {
  const rows = await db
    .select({ name: leases.name, owner: leases.owner, token: leases.token })
    .from(leases)
    .where(
      sql`${leases.name} = ${group} or (${leases.name} like ${`${group}/%`} and ${leases.until} > now())`,
    );
  const members = rows.filter(({ owner }) => owner !== "").map(({ owner }) => owner);
  return { epoch: rows.find(({ name }) => name === group)?.token ?? 0, members };
}

function inMs(ms: number) {
  return sql`now() + ${Math.round(ms)}::float8 * interval '1 millisecond'`;
}
