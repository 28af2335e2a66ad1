import type { NotificationBody } from "../api/episode-schema.ts";
import type { ReceiverBody, ReceiverTestBody } from "../api/receiver-schema.ts";
import { formatDuration } from "../slo/format-duration.ts";

/** What one receiver answered to a test. */
export function printTest({ receiver, type, ok, steps }: ReceiverTestBody): string {
  const lines = [`${ok ? "ok    " : "FAILED"}  ${named(receiver, type)}`];
  for (const { action, outcome, detail, durationMs } of steps) {
    const words = action === "trigger" ? "test" : "end";
    const result = outcome === "delivered" ? "" : outcome === "rejected" ? "refused: " : "not taken: ";
    lines.push(`        ${words.padEnd(6)}${took(durationMs).padStart(8)}  ${result}${detail}`);
  }
  const last = steps.at(-1);
  if (last?.action === "resolve" && last.outcome !== "delivered")
    lines.push("        The test may still be open there: end it by hand.");
  return `${lines.join("\n")}\n`;
}

/** Notifications with every attempt, newest first. */
export function printNotifications({
  notifications,
  nextCursor,
}: {
  readonly notifications: readonly NotificationBody[];
  readonly nextCursor: string | null;
}): string {
  if (notifications.length === 0) return "Nothing was sent.\n";
  const texts = notifications.map((notification) => {
    const { createdAt, action, sloName, receiver, receiverType, episodeId, attempts } = notification;
    const lines = [
      `${utc(createdAt)}  ${action.padEnd(11)} ${sloName} to ${named(receiver, receiverType)}: ${stateOf(notification)}`,
      `    episode ${episodeId}`,
    ];
    for (const { attempt, at, outcome, durationMs, detail } of attempts)
      lines.push(
        `    ${`${attempt}.`.padEnd(4)}${utc(at)}  ${took(durationMs).padStart(8)}  ${outcome}: ${detail}`,
      );
    return lines.join("\n");
  });
  const more = nextCursor === null ? "" : "\nThere is more; ask for it with --limit, at most 500.\n";
  return `${texts.join("\n\n")}\n${more}`;
}

/** Who can be told, and how deliveries go. */
export function printReceivers(receivers: readonly ReceiverBody[]): string {
  return receivers.map((receiver) => `${receiverLines(receiver).join("\n")}\n`).join("\n");
}

function receiverLines(receiver: ReceiverBody): string[] {
  const { name, type, origin, to, fallback, pending, setAside, lastDeliveredAt, lastError } = receiver;
  const from =
    origin === "none" ? ", no longer set up" : origin === "environment" ? ", of the environment" : "";
  return [
    `${named(name, type)}${from}${to === null ? "" : `: ${to}`}`,
    ...(fallback === null ? [] : [row("fallback", fallback)]),
    ...(pending === 0
      ? []
      : [row("waiting", `${pending} ${pending === 1 ? "notification" : "notifications"}`)]),
    ...(setAside === 0
      ? []
      : [row("set aside", `${setAside}, which it refused; noroshi notify log --state rejected`)]),
    row("delivered", lastDeliveredAt === null ? "nothing yet" : `last ${utc(lastDeliveredAt)}`),
    ...(lastError === null ? [] : [row("last error", `${utc(lastError.at)}  ${lastError.detail}`)]),
  ];
}

function stateOf({ state, nextAttemptAt, createdAt, deliveredAt }: NotificationBody): string {
  switch (state) {
    case "delivered":
      return deliveredAt === null
        ? "delivered"
        : `delivered after ${took(Date.parse(deliveredAt) - Date.parse(createdAt))}`;
    case "pending":
      return nextAttemptAt === null ? "waits" : `waits, next try ${utc(nextAttemptAt)}`;
    case "rejected":
      return "REFUSED";
    case "superseded":
      return "not sent: it was over before";
  }
}

const named = (name: string, type: string): string => (name === type ? name : `${name} (${type})`);
const row = (name: string, value: string): string => `    ${name.padEnd(11)} ${value}`;

/** `2026-01-31 03:04:05Z`. */
function utc(time: string): string {
  return `${time.slice(0, 19).replace("T", " ")}Z`;
}

function took(ms: number): string {
  return ms < 10_000 ? `${Math.max(0, Math.round(ms))} ms` : formatDuration(ms);
}
