import { formatPercent } from "../slo/format-percent.ts";
import { expandPreset } from "../spec/preset/expand-preset.ts";
import { LAG_FAMILIES } from "../spec/preset/metric-families.ts";
import { PARAMETER_PREFIX, PRESET_ANNOTATION } from "../spec/preset/preset-parameters.ts";
import type { Preset } from "../spec/preset/preset.ts";
import { onlyValue, type AskPromql } from "./ask-promql.ts";
import { chooseTarget } from "./choose-target.ts";
import { countText, lengthText } from "./number-text.ts";
import { separate, type PassedOver, type Proposal, type Proposals } from "./proposal.ts";
import { whyNot } from "./request-proposals.ts";

/** How finely the past is asked for, and what a preset counts in that time: an event every 30 s. */
const STEP = "5m";
const EVENTS_PER_STEP = 10;
/** A threshold that was only just kept is the next one to be missed; and between two steps it may be higher. */
const ROOM = 1.25;
/** Gauges that hold when something last succeeded. */
const TIMESTAMP = /(last|latest|newest).*(timestamp|time)(_\w+)?_(seconds|milliseconds|ms)$/;
const MOST_FRESHNESS = 3;
const LAGS = [
  10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 10_000_000,
] as const;
const AGES_MS = [2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_500, 2_880, 10_080].map((m) => m * 60_000);

type GaugePreset = Extract<Preset, { readonly name: "consumer-lag" | "freshness" }>;

/** SLOs on how far consumers are behind, and on how old results are, as far as there are gauges of it. */
export async function gaugeProposals(
  stem: string,
  service: string,
  names: ReadonlySet<string>,
  ask: AskPromql,
  since: string,
): Promise<Proposals> {
  const all: (Proposal | PassedOver)[] = [];
  const family = LAG_FAMILIES.find(({ metric }) => names.has(metric));
  if (family !== undefined) {
    const groups = family.sentBy === "exporter" ? [service] : [];
    const preset = (most: number): GaugePreset => ({
      name: "consumer-lag",
      service,
      metric: family.metric,
      most,
      topics: [],
      groups,
      job: undefined,
    });
    const annotations = {
      [`${PARAMETER_PREFIX}metric`]: family.metric,
      ...(groups.length > 0 ? { [`${PARAMETER_PREFIX}group`]: service } : {}),
    };
    const shown = { name: `${stem}-consumer-lag`, displayName: `${service} keeps up`, annotations };
    all.push(...(await proposeGauge(preset, LAGS, lagTexts, shown, ask, since)));
  }
  const timestamps = [...names].filter((name) => TIMESTAMP.test(name)).slice(0, MOST_FRESHNESS);
  for (const [i, metric] of timestamps.entries()) {
    const preset = (maxAgeMs: number): GaugePreset => ({
      name: "freshness",
      service,
      metric,
      maxAgeMs,
      job: undefined,
    });
    const annotations = { [`${PARAMETER_PREFIX}metric`]: metric };
    const name = `${stem}-freshness${i === 0 ? "" : `-${i + 1}`}`;
    const shown = { name, displayName: `${service} is up to date`, annotations };
    all.push(...(await proposeGauge(preset, AGES_MS, ageTexts, shown, ask, since)));
  }
  return separate(all);
}

interface GaugeTexts {
  readonly parameter: Readonly<Record<string, string>>;
  readonly description: string;
  readonly promise: string;
}

const lagTexts = (most: number): GaugeTexts => ({
  parameter: { [`${PARAMETER_PREFIX}threshold`]: String(most) },
  description: `Partitions that are at most ${countText(most)} messages behind`,
  promise: `within ${countText(most)} messages`,
});

const ageTexts = (maxAgeMs: number): GaugeTexts => ({
  parameter: { [`${PARAMETER_PREFIX}max-age`]: lengthText(maxAgeMs) },
  description: `Times at which the newest result is at most ${lengthText(maxAgeMs)} old`,
  promise: `within ${lengthText(maxAgeMs)}`,
});

/** The shortest of the ladder that was kept all but 0.5 % of the time; nothing where nothing was reported. */
async function proposeGauge(
  preset: (most: number) => GaugePreset,
  ladder: readonly number[],
  texts: (most: number) => GaugeTexts,
  shown: Pick<Proposal, "name" | "displayName" | "annotations">,
  ask: AskPromql,
  since: string,
): Promise<readonly (Proposal | PassedOver)[]> {
  const { sli } = expandPreset(preset(ladder.at(-1)!));
  if (!("thresholdMetric" in sli)) return [];
  const query = sli.thresholdMetric.metricSource.spec.query;
  const steps = onlyValue(await ask(`sum(count_over_time((${query})[${since}:${STEP}]))`), 0);
  if (steps === 0) return [];
  const typical = onlyValue(await ask(`max(quantile_over_time(0.995, (${query})[${since}:${STEP}]))`), 0);
  const unit = preset(1).name === "freshness" ? 1_000 : 1;
  const most = ladder.find((candidate) => typical * unit * ROOM <= candidate);
  const what = preset(1).name;
  if (most === undefined) return [{ what, why: `it is mostly above ${texts(ladder.at(-1)!).promise}` }];
  const value = expandPreset(preset(most)).comparison!.value;
  const goodShare = onlyValue(
    await ask(`avg(avg_over_time(((${query}) <= bool ${value})[${since}:${STEP}]))`),
    0,
  );
  const events = steps * EVENTS_PER_STEP;
  const bad = Math.round(events * (1 - goodShare));
  const chosen = chooseTarget(events, bad, 0.99);
  if (chosen === undefined) return [{ what, why: whyNot(events, bad, "samples") }];
  const { parameter, description, promise } = texts(most);
  return [
    {
      ...shown,
      annotations: { [PRESET_ANNOTATION]: what, ...shown.annotations, ...parameter },
      description,
      objectiveName: "Up to date",
      chosen,
      promise,
      events,
      bad,
      noun: "samples",
      reasons: [`${formatPercent(goodShare)} of the time it was ${promise}.`],
    },
  ];
}
