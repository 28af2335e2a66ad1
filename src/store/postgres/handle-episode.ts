import { and, desc, eq, inArray } from "drizzle-orm";
import type { Episode } from "../../alert/episode.ts";
import {
  decideHandling,
  type HandlingRequest,
  type HandlingSoFar,
  type Refusal,
  type RemoteIncident,
} from "../../alert/handling.ts";
import type { PlannedNotification } from "../../alert/telling.ts";
import { timestampMs } from "../../model/time.ts";
import type { TimestampMs } from "../../model/time.ts";
import { recordAudit } from "./audit-store.ts";
import type { Database } from "./database.ts";
import { toEpisode } from "./episode-store.ts";
import { auditLog } from "./control-tables.ts";
import { episodeReceivers, episodes } from "./schema.ts";
import { takeWebhook } from "./taken-webhooks.ts";
import { putIntoOutbox } from "./telling-store.ts";

export interface HandlingOptions {
  readonly at: TimestampMs;
  /** What this came with; where one of them was taken before, nothing happens again. */
  readonly webhookIds?: readonly string[];
  /** For the audit log, beside what is noted anyway. Never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export type HandlingResult =
  | { readonly kind: "unknown" | "duplicate" }
  | { readonly kind: "refused"; readonly reason: Refusal; readonly episode: Episode }
  | {
      readonly kind: "changed";
      readonly episode: Episode;
      readonly notificationIds: readonly string[];
    };

/** What each is called in the audit log. */
const AUDIT_ACTIONS = {
  acknowledge: "episode.acknowledge",
  unacknowledge: "episode.unacknowledge",
  close: "episode.close-incident",
  reopen: "episode.reopen-incident",
  assign: "episode.assign-incident",
} as const;

/**
 * Stores what a person did to an episode, whom that is told, and who did it, in one transaction that holds the episode's
 * row. Whoever has an older version of it in mind finds a conflict, and reads it again.
 */
export async function handleEpisode(
  db: Database,
  episodeId: string,
  request: HandlingRequest,
  options: HandlingOptions,
): Promise<HandlingResult> {
  return db.transaction(async (tx) => {
    const [row] = await tx.select().from(episodes).where(eq(episodes.id, episodeId)).for("update");
    if (!(await takeWebhook(tx, options.webhookIds ?? []))) return { kind: "duplicate" };
    if (row === undefined) return { kind: "unknown" };
    const receivers = await tx
      .select()
      .from(episodeReceivers)
      .where(eq(episodeReceivers.episodeId, episodeId));
    const pagers = receivers.filter(({ receiverType }) => receiverType === "pagerduty");
    const known: HandlingSoFar = {
      acknowledgementChangedAt: await acknowledgementChangedAt(tx, episodeId),
      remote: newest(pagers.map(({ remote }) => remote)),
      closedAt: lastTime(pagers.map(({ closedAt }) => closedAt)),
    };
    const decision = decideHandling(toEpisode(row), request, known, options.at);
    const { remote } = decision;
    const isReset = decision.kind === "changed" && decision.closedAt !== undefined;
    if (remote !== undefined || isReset) {
      // Which of several has the incident is not told: what holds for one is taken to hold for all.
      await tx
        .update(episodeReceivers)
        .set({ ...(remote && { remote }), ...(isReset && { closedAt: decision.closedAt ?? null }) })
        .where(
          and(eq(episodeReceivers.episodeId, episodeId), eq(episodeReceivers.receiverType, "pagerduty")),
        );
    }
    if (decision.kind === "refused")
      return { kind: "refused", reason: decision.reason, episode: toEpisode(row) };
    const { episode, action } = decision;
    await tx
      .update(episodes)
      .set({
        acknowledgedAt: episode.acknowledgedAt,
        acknowledgedBy: episode.acknowledgedBy,
        updatedAt: episode.updatedAt,
        version: episode.version,
      })
      .where(eq(episodes.id, episodeId));
    await writeAudit(tx, request, decision, { before: row.acknowledgedAt, options });
    const planned = receivers
      .filter(({ toldState }) => toldState === "firing")
      .flatMap((receiver) => planFor(receiver, action, request, known));
    return {
      kind: "changed",
      episode,
      notificationIds: await putIntoOutbox(tx, episode, planned, options.at),
    };
  });
}

/** People who see it in a message, and receivers that keep such a state of their own, unless it is from there. */
function planFor(
  { receiver, receiverType }: typeof episodeReceivers.$inferSelect,
  action: "acknowledge" | "note",
  request: HandlingRequest,
  known: HandlingSoFar,
): PlannedNotification[] {
  switch (receiverType) {
    case "slack":
      return [{ receiver, action }];
    case "webhook":
      return action === "acknowledge" ? [{ receiver, action }] : [];
    case "pagerduty": {
      const isNews = action === "acknowledge" && request.remote === undefined && known.closedAt === null;
      return isNews ? [{ receiver, action }] : [];
    }
    case "email":
    case "log":
      return [];
    default:
      return receiverType satisfies never;
  }
}

async function writeAudit(
  tx: Database,
  request: HandlingRequest,
  { episode }: { readonly episode: Episode },
  about: { readonly before: number | null; readonly options: HandlingOptions },
): Promise<void> {
  const { actor, kind, remote } = request;
  const detail = {
    slo: episode.sloName,
    alert: episode.alertKey,
    at: new Date(request.at).toISOString(),
    ...(remote === undefined ? {} : { url: remote.url, assignees: remote.assignees }),
    ...about.options.detail,
    // Its time decides what is older than it.
    ...((about.before === null) === (episode.acknowledgedAt === null)
      ? {}
      : { acknowledgementChangedAtMs: request.at }),
  };
  await recordAudit(tx, { actor, action: AUDIT_ACTIONS[kind], subject: episode.id, detail });
}

/** The audit log is written in the order of the changes, as each holds the episode's row. */
async function acknowledgementChangedAt(tx: Database, episodeId: string): Promise<TimestampMs | null> {
  const rows = await tx
    .select({ detail: auditLog.detail })
    .from(auditLog)
    .where(
      and(
        eq(auditLog.subject, episodeId),
        inArray(auditLog.action, [
          AUDIT_ACTIONS.acknowledge,
          AUDIT_ACTIONS.unacknowledge,
          AUDIT_ACTIONS.close,
        ]),
      ),
    )
    .orderBy(desc(auditLog.sequence))
    .limit(20);
  const times = rows.map(({ detail }) => detail["acknowledgementChangedAtMs"]);
  const last = times.find((time) => typeof time === "number");
  return last === undefined ? null : timestampMs(last);
}

function newest(remotes: readonly (RemoteIncident | null)[]): RemoteIncident | null {
  return remotes.reduce(
    (last, remote) => (remote !== null && (last === null || remote.at > last.at) ? remote : last),
    null,
  );
}

function lastTime(times: readonly (number | null)[]): TimestampMs | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : timestampMs(Math.max(...known));
}
