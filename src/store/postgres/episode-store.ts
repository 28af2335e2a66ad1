import { and, desc, eq, gte, inArray, isNull, lt, ne, or, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Episode, EpisodeState } from "../../alert/episode.ts";
import type { Transition } from "../../alert/transition.ts";
import { timestampMs } from "../../model/time.ts";
import type { TimestampMs } from "../../model/time.ts";
import type { Told, TellingPlan } from "../../alert/telling.ts";
import type { Severity } from "../../slo/slo.ts";
import type { Database } from "./database.ts";
import { episodes } from "./schema.ts";
import { sameEpoch } from "./membership-store.ts";
import { loadTold, writeTelling } from "./telling-store.ts";

/**
 * `conflict`: somebody else changed the episode (or opened one) meanwhile, and nothing was written: load the open episodes
 * and judge again. The same holds after an error, as the commit may have happened.
 */
type CommitResult =
  | { readonly kind: "committed"; readonly notificationIds: readonly string[] }
  | { readonly kind: "conflict" };

/** Decides what to tell from what was told; may be asked more than once. */
export type PlanTelling = (told: readonly Told[]) => TellingPlan;

/** The epoch of the evaluators in which this process does its work; undefined: it shares with nobody. */
export type Fence = () => number | undefined;

interface EpisodeFilter {
  /** `open`: pending or firing. */
  readonly state?: EpisodeState | "open" | undefined;
  readonly slo?: string | undefined;
  readonly severity?: Severity | undefined;
  /** Episodes that were open at some time in [startMs, endMs). */
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly limit: number;
  /** `nextCursor` of the page before; an unknown text begins at the first. */
  readonly cursor?: string | undefined;
}

interface EpisodePage {
  /** Newest first. */
  readonly episodes: readonly Episode[];
  readonly nextCursor: string | null;
}

export interface EpisodeStore {
  /** Every episode that is not resolved. */
  loadOpen(): Promise<readonly Episode[]>;
  /**
   * Writes the episode and what people are to be told about it, in one transaction. `plan` decides that from what they
   * were told so far.
   */
  commitTransition(
    transition: Exclude<Transition, { kind: "unchanged" }>,
    plan: PlanTelling,
  ): Promise<CommitResult>;
  /** Plans again for an episode that did not change; `conflict`: it did meanwhile. */
  tellAgain(episode: Episode, plan: PlanTelling, at: TimestampMs): Promise<CommitResult>;
  /** What the receivers of these episodes were told so far, by episode. */
  loadTold(episodeIds: readonly string[]): Promise<ReadonlyMap<string, readonly Told[]>>;
  /** Whether one of these is not what the store has: people and other processes change episodes, too. */
  haveChanged(known: readonly Episode[]): Promise<boolean>;
  get(id: string): Promise<Episode | undefined>;
  list(filter: EpisodeFilter): Promise<EpisodePage>;
}

/** Episodes in Postgres. */
export function createEpisodeStore(db: Database, fence: Fence = () => undefined): EpisodeStore {
  return {
    loadOpen: async () =>
      (await db.select().from(episodes).where(ne(episodes.state, "resolved"))).map(toEpisode),
    commitTransition: (transition, plan) => commit(db, transition, plan, fence),
    tellAgain: (episode, plan, at) => tellAgain(db, episode, { plan, at, fence }),
    loadTold: (episodeIds) => loadTold(db, episodeIds),
    haveChanged: (known) => haveChanged(db, known),
    get: async (id) => {
      const rows = await db.select().from(episodes).where(eq(episodes.id, id));
      return rows[0] && toEpisode(rows[0]);
    },
    list: (filter) => list(db, filter),
  };
}

async function commit(
  db: Database,
  transition: Exclude<Transition, { kind: "unchanged" }>,
  plan: PlanTelling,
  fence: Fence,
): Promise<CommitResult> {
  const { episode } = transition;
  return db.transaction(async (tx) => {
    if (!(await isInside(tx, fence))) return { kind: "conflict" };
    if (transition.kind === "dropped") {
      const dropped = await tx
        .delete(episodes)
        .where(
          and(
            eq(episodes.id, episode.id),
            eq(episodes.version, episode.version),
            eq(episodes.state, "pending"),
          ),
        )
        .returning({ id: episodes.id });
      return dropped.length === 1 ? { kind: "committed", notificationIds: [] } : { kind: "conflict" };
    }
    if (!(await writeEpisode(tx, episode))) {
      return { kind: "conflict" };
    }
    return {
      kind: "committed",
      notificationIds: await writeTelling(tx, episode, plan, episode.updatedAt),
    };
  });
}

/** Locks the episode's row, so that the notifications of one episode are numbered in the order of its changes. */
async function writeEpisode(tx: Database, episode: Episode): Promise<boolean> {
  const { id, ...changes } = episode;
  const written =
    episode.version === 1
      ? await tx.insert(episodes).values(episode).onConflictDoNothing().returning({ id: episodes.id })
      : await tx
          .update(episodes)
          .set(changes)
          .where(and(eq(episodes.id, id), eq(episodes.version, episode.version - 1)))
          .returning({ id: episodes.id });
  return written.length === 1;
}

/** The group of processes that evaluate. */
export const EVALUATORS = "evaluators";

/** Whether what this process works on is still its own. */
async function isInside(tx: Database, fence: Fence): Promise<boolean> {
  const epoch = fence();
  return epoch === undefined || sameEpoch(tx, EVALUATORS, epoch);
}

/** The row's lock keeps the evaluator, webhooks and this in order. */
async function tellAgain(
  db: Database,
  episode: Episode,
  { plan, at, fence }: { readonly plan: PlanTelling; readonly at: TimestampMs; readonly fence: Fence },
): Promise<CommitResult> {
  return db.transaction(async (tx) => {
    if (!(await isInside(tx, fence))) return { kind: "conflict" };
    const held = await tx
      .select({ version: episodes.version })
      .from(episodes)
      .where(eq(episodes.id, episode.id))
      .for("update");
    if (held[0]?.version !== episode.version) return { kind: "conflict" };
    return { kind: "committed", notificationIds: await writeTelling(tx, episode, plan, at) };
  });
}

async function haveChanged(db: Database, known: readonly Episode[]): Promise<boolean> {
  if (known.length === 0) return false;
  const ids = known.map(({ id }) => id);
  const rows = await db
    .select({ id: episodes.id, version: episodes.version })
    .from(episodes)
    .where(inArray(episodes.id, ids));
  const versionOf = new Map(rows.map(({ id, version }) => [id, version]));
  return known.some(({ id, version }) => versionOf.get(id) !== version);
}

async function list(db: Database, filter: EpisodeFilter): Promise<EpisodePage> {
  const conditions: (SQL | undefined)[] = [
    filter.state === "open"
      ? ne(episodes.state, "resolved")
      : filter.state && eq(episodes.state, filter.state),
    filter.slo === undefined ? undefined : eq(episodes.sloName, filter.slo),
    filter.severity && eq(episodes.severity, filter.severity),
    filter.endMs === undefined ? undefined : lt(episodes.startedAt, filter.endMs),
    filter.startMs === undefined
      ? undefined
      : or(isNull(episodes.resolvedAt), gte(episodes.resolvedAt, filter.startMs)),
    afterCursor(filter.cursor),
  ];
  const rows = await db
    .select()
    .from(episodes)
    .where(and(...conditions))
    .orderBy(desc(episodes.startedAt), desc(episodes.id))
    .limit(filter.limit + 1);
  const page = rows.slice(0, filter.limit).map(toEpisode);
  const last = page.at(-1);
  const nextCursor = rows.length > page.length && last ? `${last.startedAt}_${last.id}` : null;
  return { episodes: page, nextCursor };
}

function afterCursor(cursor: string | undefined): SQL | undefined {
  const parts = /^(\d{1,15})_(.+)$/.exec(cursor ?? "");
  return parts === null
    ? undefined
    : sql`(${episodes.startedAt}, ${episodes.id}) < (${Number(parts[1])}, ${parts[2]})`;
}

/** A stored episode. */
export function toEpisode(row: typeof episodes.$inferSelect): Episode {
  const instant = (value: number | null): TimestampMs | null => (value === null ? null : timestampMs(value));
  return {
    ...row,
    startedAt: timestampMs(row.startedAt),
    firedAt: instant(row.firedAt),
    resolvedAt: instant(row.resolvedAt),
    acknowledgedAt: instant(row.acknowledgedAt),
    updatedAt: timestampMs(row.updatedAt),
  };
}
