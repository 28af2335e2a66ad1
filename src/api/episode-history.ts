import { z } from "@hono/zod-openapi";
import type { Episode } from "../alert/episode.ts";
import { utc } from "../alert/episode-text.ts";
import { timeText } from "./episode-body.ts";

export const HISTORY_KINDS = [
  "opened",
  "fired",
  "told",
  "not-told",
  "acknowledged",
  "given-back",
  "silenced",
  "silence-ended",
  "incident-closed",
  "incident-reopened",
  "reassigned",
  "escalated",
  "resolved",
] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

export const historySchema = z
  .object({
    at: z.string().openapi({ format: "date-time" }),
    kind: z.enum(HISTORY_KINDS),
    actor: z.string().nullable().openapi({
      description: "Who did it: slack:<user>, pagerduty:<user>, key:<name>, local; null: Noroshi",
    }),
    detail: z.string().openapi({ description: "A few words; may be empty" }),
  })
  .openapi("HistoryEntry");

export type HistoryBody = z.output<typeof historySchema>;

/** What was sent, as far as the history tells it. */
interface Sent {
  readonly receiver: string;
  readonly action: string;
  readonly state: string;
  readonly deliveredAt: number | null;
  readonly attempts: readonly { readonly at: number; readonly detail: string }[];
}

/** What somebody did, from the audit log. */
interface Done {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What happened to an episode, oldest first: its own changes, what was sent, and what people did. */
export function episodeHistory(
  episode: Episode,
  sent: readonly Sent[],
  done: readonly Done[],
): readonly HistoryBody[] {
  const entries: (Omit<HistoryBody, "at"> & { readonly atMs: number })[] = [];
  const add = (atMs: number | null, kind: HistoryKind, detail = "", actor: string | null = null): void => {
    if (atMs !== null) entries.push({ atMs, kind, actor, detail });
  };
  add(episode.startedAt, "opened");
  add(episode.firedAt, "fired");
  for (const { receiver, action, state, deliveredAt, attempts } of sent) {
    // A note tells nobody anything.
    if (action === "note") continue;
    if (state === "delivered") add(deliveredAt, "told", `${receiver}: ${action}`);
    const last = attempts.at(-1);
    if (state === "rejected" && last !== undefined)
      add(last.at, "not-told", `${receiver} refused the ${action}: ${last.detail}`);
  }
  for (const { at, actor, action, detail } of done) {
    const kind = kindOf(action, detail);
    if (kind !== undefined) add(timeOf(detail) ?? at, kind, detailOf(kind, detail), actor);
  }
  add(episode.resolvedAt, "resolved", (episode.resolution ?? "").replaceAll("_", " "));
  // Of what happened at one time the order above.
  entries.sort((a, b) => a.atMs - b.atMs);
  return entries.map(({ atMs, ...entry }) => ({ at: timeText(atMs), ...entry }));
}

const KINDS: Readonly<Record<string, HistoryKind>> = {
  "episode.acknowledge": "acknowledged",
  "episode.unacknowledge": "given-back",
  "episode.silence": "silenced",
  "episode.end-silence": "silence-ended",
  "episode.close-incident": "incident-closed",
  "episode.reopen-incident": "incident-reopened",
  "episode.assign-incident": "reassigned",
};

function kindOf(action: string, detail: Done["detail"]): HistoryKind | undefined {
  if (!Object.hasOwn(KINDS, action)) return undefined;
  return detail["event"] === "incident.escalated" ? "escalated" : KINDS[action];
}

function timeOf({ at }: Done["detail"]): number | undefined {
  const ms = typeof at === "string" ? Date.parse(at) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function detailOf(kind: HistoryKind, { until, assignees }: Done["detail"]): string {
  if (kind === "silenced" && typeof until === "string") return `until ${utc(Date.parse(until))}`;
  if (kind !== "reassigned" && kind !== "escalated") return "";
  return Array.isArray(assignees) && assignees.length > 0 ? `with ${assignees.join(", ")}` : "";
}
