import { formatDuration, windowName } from "../../slo/format-duration.ts";
import { formatPercent } from "../../slo/format-percent.ts";
import type { Severity } from "../../slo/slo.ts";
import { changeText, contributorText } from "../context-text.ts";
import type { EpisodeFacts } from "../episode.ts";
import { episodeDetails, episodeSummary, nextStep, times, utc, type EpisodeNews } from "../episode-text.ts";
import { NO_CONTEXT } from "../notification-context.ts";
import type { TemplateNames, TemplateScalar, TemplateValues } from "./template.ts";

/** An alert as a template sees it. */
export interface MessageSubject {
  readonly news: EpisodeNews;
  readonly severity: Severity;
  readonly alertKey: string;
  readonly episodeId: string;
  /** Where people look into it. */
  readonly link: string;
  /** Only where people can follow it. */
  readonly runbook: string | undefined;
}

const SCALARS = {
  slo: ({ news }) => plain(news.facts.sloName),
  display_name: ({ news }) => plain(news.facts.sloDisplayName),
  description: ({ news }) => plain(news.facts.description),
  service: ({ news }) => plain(news.facts.service),
  owner: ({ news }) => plain(news.facts.owner),
  severity: ({ severity }) => plain(severity),
  action: ({ news }) => plain(news.action),
  status: ({ news, severity }) => plain(statusOf(news, severity)),
  summary: ({ news }) => plain(episodeSummary(news)),
  next_step: ({ news }) => plain(nextStep(news)),
  // What it is like now, as in the summary.
  burn: of((facts) => shown(facts.shortBurnRate ?? facts.longBurnRate, (rate) => times(rate, 10))),
  long_burn: of((facts) => burnScalar(facts.longBurnRate)),
  short_burn: of((facts) => burnScalar(facts.shortBurnRate)),
  threshold: of((facts) => burnScalar(facts.burnThreshold)),
  long_window: of((facts) => shown(facts.longWindowMs, windowName)),
  short_window: of((facts) => shown(facts.shortWindowMs, windowName)),
  tier: of((facts) => plain(facts.tier)),
  objective: of((facts) => shown(facts.target, formatPercent)),
  window: of((facts) => plain(facts.sloWindow ?? windowName(facts.sloWindowMs))),
  budget_left: of((facts) => shown(facts.budgetRemainingRatio, formatPercent)),
  time_left: of((facts) => shown(facts.exhaustedInMs, formatDuration)),
  bad_events: of((facts) => shown(facts.badEvents, String)),
  total_events: of((facts) => shown(facts.totalEvents, String)),
  started_at: ({ news }) => shown(news.startedAtMs, utc),
  lasted: ({ news }) => shown(Math.max(0, news.atMs - news.startedAtMs), formatDuration),
  link: ({ link }) => plain(link),
  runbook: ({ runbook }) => plain(runbook),
  alert: ({ alertKey }) => plain(alertKey),
  episode: ({ episodeId }) => plain(episodeId),
} satisfies Readonly<Record<string, (subject: MessageSubject) => TemplateScalar>>;

const LISTS = {
  details: ["name", "value"],
  changes: ["service", "version", "first_seen", "text"],
  contributors: ["kind", "value", "bad_share", "traffic_share", "text"],
  parts: ["name", "burn"],
} as const;

/** Labels of the SLO are named as `labels.team`; one that it has not is empty. */
const LABELS = "labels.";

/** What templates of messages may name. */
export const MESSAGE_NAMES: TemplateNames = {
  scalars: Object.keys(SCALARS),
  lists: LISTS,
  open: [LABELS],
};

/** The values of an alert. Of a problem of Noroshi itself those of an SLO are empty. */
export function messageValues(subject: MessageSubject): TemplateValues {
  const { news } = subject;
  const { changes, contributors } = news.context ?? NO_CONTEXT;
  const labels = Object.entries(news.facts.labels ?? {}).map(([name, value]) => [
    LABELS + name,
    plain(value),
  ]);
  const scalars = Object.entries(SCALARS).map(([name, read]) => [name, read(subject)]);
  return {
    scalars: Object.fromEntries([...labels, ...scalars]) as Record<string, TemplateScalar>,
    lists: {
      details: episodeDetails(news).map(({ name, value }) => ({ name: plain(name), value: plain(value) })),
      changes: changes.map((change) => ({
        service: plain(change.service),
        version: plain(change.version),
        first_seen: shown(change.firstSeenMs, utc),
        text: plain(changeText(change, news.startedAtMs)),
      })),
      contributors: contributors.map((one) => ({
        kind: plain(one.kind),
        value: plain(one.value),
        bad_share: shown(one.badShare, formatPercent),
        traffic_share: shown(one.eventShare, formatPercent),
        text: plain(contributorText(one)),
      })),
      parts: (news.facts.parts ?? []).map(({ name, burnRate }) => ({
        name: plain(name),
        burn: burnScalar(burnRate),
      })),
    },
  };
}

/** One word for the state: `Critical`, `Warning`, `Resolved`, `Closed`. */
function statusOf({ action, resolution }: EpisodeNews, severity: Severity): string {
  if (action === "resolve") return resolution === "recovered" ? "Resolved" : "Closed";
  return severity === "critical" ? "Critical" : "Warning";
}

function of(read: (facts: EpisodeFacts) => TemplateScalar): (subject: MessageSubject) => TemplateScalar {
  return ({ news }) => (news.facts.self === undefined ? read(news.facts) : NONE);
}

const NONE: TemplateScalar = { raw: null, text: "" };

function plain(text: string | null | undefined): TemplateScalar {
  return text === null || text === undefined ? NONE : { raw: text, text };
}

function shown(value: number | null, format: (value: number) => string): TemplateScalar {
  return value === null ? NONE : { raw: value, text: format(value) };
}

function burnScalar(rate: number | null): TemplateScalar {
  return shown(rate, (value) => times(value));
}
