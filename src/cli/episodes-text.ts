import type { z } from "@hono/zod-openapi";
import type { HistoryKind } from "../api/episode-history.ts";
import type { EpisodeBody, EpisodeDetailBody, episodeListSchema } from "../api/episode-schema.ts";

const row = (label: string, text: string): string => `  ${label.padEnd(8)} ${text}`;
const utc = (time: string): string => `${time.slice(0, 19).replace("T", " ")} UTC`;

/** For people: each episode with what is wrong, since when, and who has it. */
export function printEpisodes({ episodes, nextCursor }: z.output<typeof episodeListSchema>): string {
  if (episodes.length === 0) return "No alerts.\n";
  const more = nextCursor === null ? "" : "\nThere are more; --limit shows up to 500.\n";
  return `${episodes.map((one) => `${episodeLines(one).join("\n")}\n`).join("\n")}${more}`;
}

/** One, with its history. */
export function printEpisode({ episode, history }: EpisodeDetailBody): string {
  const lines = history.map(({ at, kind, actor, detail }) => {
    const words = [WORDS[kind], ...(actor === null ? [] : [`by ${actor}`])].join(" ");
    return `  ${utc(at)}  ${detail === "" ? words : `${words}: ${detail}`}`;
  });
  return `${[...episodeLines(episode), "", ...lines].join("\n")}\n`;
}

/** Who has it now. */
export function printTaken({ id, acknowledgedAt, acknowledgedBy }: EpisodeBody): string {
  return acknowledgedAt === null
    ? `${id} is nobody's: it is told again.\n`
    : `${id} is ${acknowledgedBy ?? "somebody"}'s since ${utc(acknowledgedAt)}.\n`;
}

function episodeLines(episode: EpisodeBody): string[] {
  const { state, severity, summary, id, startedAt, resolvedAt, acknowledgedAt, acknowledgedBy } = episode;
  const ended = resolvedAt === null ? "" : ` to ${utc(resolvedAt)}`;
  const taken =
    acknowledgedAt === null ? "nobody" : `${acknowledgedBy ?? "somebody"}, ${utc(acknowledgedAt)}`;
  return [
    `${state} ${severity}: ${summary}`,
    row("id", id),
    row("since", `${utc(startedAt)}${ended}`),
    ...(state === "firing" || acknowledgedAt !== null ? [row("taken by", taken)] : []),
  ];
}

const WORDS: Readonly<Record<HistoryKind, string>> = {
  opened: "it began",
  fired: "it fired",
  told: "told",
  "not-told": "not told",
  acknowledged: "acknowledged",
  "given-back": "given back",
  silenced: "silenced",
  "silence-ended": "silence ended",
  "incident-closed": "incident resolved while it burned,",
  "incident-reopened": "incident reopened",
  reassigned: "incident reassigned",
  escalated: "incident escalated",
  resolved: "over",
};
