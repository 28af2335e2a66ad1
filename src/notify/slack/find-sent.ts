import type { WebClient } from "@slack/web-api";

/** Marks our messages, so that one whose answer was lost can be found. */
export const METADATA_EVENT = "noroshi_notification";

const PAGE_SIZE = 200;
const MOST_PAGES = 10;
/** Slack's clock and ours may differ. */
const CLOCK_SLACK_MS = 10 * 60_000;

export interface WhereToLook {
  readonly channel: string;
  /** Look among the replies to this message; at the top level when left out. */
  readonly threadTs?: string;
  readonly notificationId: string;
  /** When the notification was created: nothing older can be it. */
  readonly createdAtMs: number;
}

/** `out_of_time`: it was not looked for to the end. */
export type Found = { readonly ts: string } | "absent" | "out_of_time";

/**
 * Looks for the message that carries this notification, among the latest 2,000. Throws what web-api throws.
 * @param mayCall whether there is time for another call
 */
export async function findSent(
  client: WebClient,
  where: WhereToLook,
  mayCall: () => boolean,
): Promise<Found> {
  const oldest = ((where.createdAtMs - CLOCK_SLACK_MS) / 1000).toFixed(6);
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    if (!mayCall()) {
      return "out_of_time";
    }
    const common = {
      channel: where.channel,
      oldest,
      limit: PAGE_SIZE,
      include_all_metadata: true,
      ...(cursor === undefined ? {} : { cursor }),
    };
    const answer =
      where.threadTs === undefined
        ? await client.conversations.history(common)
        : await client.conversations.replies({ ...common, ts: where.threadTs });
    const found = (answer.messages ?? []).find((message) => carries(message, where.notificationId));
    if (found?.ts !== undefined) {
      return { ts: found.ts };
    }
    cursor = answer.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === "") {
      return "absent";
    }
  }
  return "absent";
}

function carries(message: object, notificationId: string): boolean {
  const { metadata } = message as {
    readonly metadata?: { readonly event_type?: string; readonly event_payload?: Record<string, unknown> };
  };
  return (
    metadata?.event_type === METADATA_EVENT && metadata.event_payload?.["notification_id"] === notificationId
  );
}
