import { createHash } from "node:crypto";
import { z } from "zod";
import type { HandlingKind, HandlingRequest } from "../../alert/handling.ts";
import { timestampMs } from "../../model/time.ts";
import { episodeOfDedupKey } from "../notification.ts";

/** What a webhook says about an episode. */
export interface PagerDutyNews {
  readonly episodeId: string;
  readonly request: HandlingRequest;
  /** The webhook and the event in it: each counts once. */
  readonly webhookIds: readonly string[];
  /** PagerDuty's name of it, as `incident.escalated`. */
  readonly eventType: string;
}

const text = z.string().max(10_000);
const named = z.object({ summary: text.nullish(), type: text.nullish() });
const webhookSchema = z.object({
  event: z.object({
    id: text,
    event_type: text,
    occurred_at: z.iso.datetime({ offset: true }),
    agent: named.nullish(),
    data: z.object({
      type: text.nullish(),
      incident_key: text.nullish(),
      html_url: text.nullish(),
      assignees: z.array(named).nullish(),
    }),
  }),
});

/** Everything else (notes, priorities, responders, pings) changes nothing here. */
const KINDS: Readonly<Record<string, HandlingKind>> = {
  "incident.acknowledged": "acknowledge",
  "incident.unacknowledged": "unacknowledge",
  "incident.resolved": "close",
  "incident.reopened": "reopen",
  "incident.triggered": "reopen",
  "incident.reassigned": "assign",
  "incident.delegated": "assign",
  "incident.escalated": "assign",
};

/**
 * What a webhook v3 says, or in a few words why nothing follows from it. An incident made by the Events API has the alert's
 * `dedup_key` as its `incident_key`.
 */
export function readPagerDutyWebhook(
  body: unknown,
  webhookId: string | undefined,
): PagerDutyNews | { readonly ignored: string } {
  const read = webhookSchema.safeParse(body);
  if (!read.success) return { ignored: "it has not the form of an incident's webhook" };
  const { id, event_type: eventType, occurred_at: occurredAt, agent, data } = read.data.event;
  const kind = Object.hasOwn(KINDS, eventType) ? KINDS[eventType] : undefined;
  if (kind === undefined) return { ignored: "nothing follows from events of this type" };
  const episodeId = episodeOfDedupKey(data.incident_key ?? "");
  if (episodeId === undefined) return { ignored: "the incident is not one of Noroshi's" };
  const by = oneLine(agent?.summary ?? "") || null;
  // What Noroshi itself sent comes back in this way: whoever took it on may have given it back meanwhile.
  if (kind === "acknowledge" && /integration/.test(agent?.type ?? ""))
    return { ignored: "it was acknowledged through the Events API, which is Noroshi itself" };
  const assignees = (data.assignees ?? []).flatMap(({ summary }) => oneLine(summary ?? "") || []);
  const url = oneLine(data.html_url ?? "");
  return {
    episodeId,
    eventType,
    webhookIds: [
      `pagerduty-event:${idText(id)}`,
      ...(webhookId === undefined ? [] : [`pagerduty:${idText(webhookId)}`]),
    ],
    request: {
      kind,
      actor: by === null ? "pagerduty" : `pagerduty:${by}`,
      at: timestampMs(Date.parse(occurredAt)),
      remote: {
        by,
        assignees: assignees.slice(0, 20),
        url: /^https:\/\/\S+$/.test(url) ? url : null,
      },
    },
  };
}

/** Names come from people; control characters and NUL do not go into the store. */
function oneLine(name: string): string {
  return name
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 300);
}

function idText(id: string): string {
  return /^[\w.:-]{1,200}$/.test(id) ? id : createHash("sha256").update(id).digest("hex");
}
