import type {
  MadeSilenceBody,
  SilenceBody,
  SilenceListBody,
  SilencePreviewBody,
} from "../api/silence-schema.ts";
import { MINUTE_MS } from "../model/time.ts";
import { formatDuration } from "../slo/format-duration.ts";

const row = (label: string, text: string): string => `  ${label.padEnd(8)} ${text}`;
const utc = (time: string): string => `${time.slice(0, 16).replace("T", " ")} UTC`;
const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** For people: each silence with what it fits, until when, and why. */
export function printSilences({ silences, nextCursor }: SilenceListBody, atMs: number): string {
  if (silences.length === 0) return "No silences: everybody is told of everything.\n";
  const more = nextCursor === null ? "" : "\nThere are more; --limit shows up to 500.\n";
  return `${silences.map((one) => `${silenceLines(one, one.id, atMs).join("\n")}\n`).join("\n")}${more}`;
}

/** What was made, or would be, and what it mutes. */
export function printMadeSilence({ silence, dryRun, preview }: MadeSilenceBody, atMs: number): string {
  const head = dryRun ? "Nothing is stored; this would be:" : `Made ${silence.id}`;
  const lines = [head, "", ...silenceLines(silence, null, atMs), "", ...previewLines(preview)];
  return `${lines.join("\n")}\n`;
}

/** That it is over. */
export function printEnded(silence: SilenceBody, wasOver: boolean): string {
  return wasOver
    ? `${silence.id} was over already, since ${utc(silence.endsAt)}.\n`
    : `${silence.id} is over; what it muted and still fires is told now.\n`;
}

function silenceLines(silence: Omit<SilenceBody, "id">, id: string | null, atMs: number): string[] {
  const { matchers, comment, author, createdBy, endedBy } = silence;
  const by = author === createdBy ? author : `${author} (${createdBy})`;
  return [
    `${silence.state.padEnd(8)} ${comment}`,
    ...(id === null ? [] : [row("id", id)]),
    row("mutes", matchers.join(" and ")),
    row("when", `${span(silence)}${left(silence, atMs)}`),
    row("by", endedBy === null ? by : `${by}; ended by ${endedBy}`),
  ];
}

function span({ startsAt, endsAt }: Pick<SilenceBody, "startsAt" | "endsAt">): string {
  return startsAt.slice(0, 10) === endsAt.slice(0, 10)
    ? `${startsAt.slice(0, 16).replace("T", " ")} to ${endsAt.slice(11, 16)} UTC`
    : `${startsAt.slice(0, 16).replace("T", " ")} to ${utc(endsAt)}`;
}

function left({ state, startsAt, endsAt }: Omit<SilenceBody, "id">, atMs: number): string {
  const until = (time: string): string => {
    const ms = Math.max(0, Date.parse(time) - atMs);
    return formatDuration(ms < MINUTE_MS ? ms : Math.ceil(ms / MINUTE_MS) * MINUTE_MS);
  };
  if (state === "active") return `, ${until(endsAt)} left`;
  return state === "pending" ? `, begins in ${until(startsAt)}` : "";
}

const MOST_LINES = 10;

function previewLines({ episodes, episodeCount, slos, sloCount, warnings }: SilencePreviewBody): string[] {
  const lines = warnings.map((warning) => `Take care: ${warning}.`.replace(/([.?])\.$/, "$1"));
  if (episodeCount === 0 && sloCount > 0) lines.push("No alert that is open now fits.");
  if (episodeCount > 0) {
    lines.push(`It mutes ${plural(episodeCount, "alert that is open now", "alerts that are open now")}:`);
    for (const { severity, state, summary } of episodes.slice(0, MOST_LINES))
      lines.push(`  ${state} ${severity}: ${summary}`);
    lines.push(...andMore(episodeCount));
  }
  if (sloCount > 0) {
    lines.push(`It fits alerts of ${plural(sloCount, "SLO")}:`);
    for (const { name, alerts, all } of slos.slice(0, MOST_LINES))
      lines.push(`  ${name}${all ? "" : `: ${alerts.join(", ")} only`}`);
    lines.push(...andMore(sloCount));
  }
  return lines;
}

function andMore(count: number): string[] {
  return count > MOST_LINES ? [`  and ${count - MOST_LINES} more`] : [];
}
