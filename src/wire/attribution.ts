import { attributeBadEvents, type AttributedValue } from "../apm/attribute-bad-events.ts";
import { attributionRoutes, type BadEventsQuestion } from "../api/attribution-routes.ts";
import type { AttributedValueBody, AttributionBody } from "../api/attribution-schema.ts";
import type { NativeArea } from "../api/native-routes.ts";
import type { BlameBody } from "../api/blame-schema.ts";
import { blameBadEvents, type BadEventBlame } from "../apm/blame-bad-events.ts";
import type { Now } from "../model/time.ts";
import type { RunQuery } from "../promql/query-request.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { countEvents, findEvents } from "../store/clickhouse/find-events.ts";
import { readEventSample } from "../store/clickhouse/read-event-sample.ts";
import { readTraces } from "../store/clickhouse/read-traces.ts";
import { attributeCounters } from "./attribute-counters.ts";
import { badEventsProblem, conditionsOf, indicatorAsked } from "./bad-events.ts";

export interface AttributionParts {
  readonly clickhouse: ClickHouse;
  /** People's. */
  readonly runQuery: RunQuery;
  readonly slos: () => readonly Slo[];
  readonly now: Now;
}

/** `GET /api/v1/slos/{name}/attribution` and `/blame`, in the lane of reads. */
export function wireAttribution(parts: AttributionParts): NativeArea {
  return attributionRoutes({
    now: parts.now,
    attribution: (question) => answer(attribution(parts, question)),
    blame: (question) => answer(blame(parts, question)),
  });
}

async function answer<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw badEventsProblem(error);
  }
}

async function attributeSpans(clickhouse: ClickHouse, indicator: Indicator, question: BadEventsQuestion) {
  const { startMs, endMs, signal } = question;
  const { condition, ...conditions } = conditionsOf(indicator, question);
  return attributeBadEvents(
    (selection) => readEventSample(clickhouse, selection),
    { ...conditions, fromMs: startMs, toMs: endMs, signal },
    condition,
  );
}

async function attribution(
  { clickhouse, runQuery, slos }: AttributionParts,
  question: BadEventsQuestion,
): Promise<AttributionBody> {
  const { slo, part, startMs, endMs } = question;
  const indicator = indicatorAsked(slos(), question);
  const found =
    indicator.source === "metrics"
      ? await attributeCounters(runQuery, indicator.definition, question)
      : await attributeSpans(clickhouse, indicator, question);
  const { total, bad, isEstimated } = found.events;
  return {
    slo,
    part: part ?? null,
    source: indicator.source === "metrics" ? "metrics" : "traces",
    start: new Date(startMs).toISOString(),
    end: new Date(endMs).toISOString(),
    summary: found.summary,
    events: { total, bad, estimated: isEstimated },
    sampled: { bad: Math.round(found.sampled.bad), good: Math.round(found.sampled.good) },
    spenders: found.spenders.map((spender) => ({
      dimension: spender.dimension,
      only: spender.isOnly,
      ...valueBody(spender),
    })),
    contributors: found.contributors.map(valueBody),
    symptoms: found.symptoms.map(valueBody),
    excluded: [...found.excluded],
  };
}

async function blame(
  { clickhouse, slos }: AttributionParts,
  question: BadEventsQuestion,
): Promise<BlameBody> {
  const { slo, part, startMs, endMs, signal } = question;
  const { condition, ...conditions } = conditionsOf(indicatorAsked(slos(), question), question);
  const found = await blameBadEvents(
    {
      countEvents: (request) => countEvents(clickhouse, request),
      findEvents: (request) => findEvents(clickhouse, request),
      readTraces: (request) => readTraces(clickhouse, request),
    },
    { ...conditions, fromMs: startMs, toMs: endMs, signal },
    condition,
  );
  return {
    slo,
    part: part ?? null,
    start: new Date(startMs).toISOString(),
    end: new Date(endMs).toISOString(),
    summary: blameSummary(found),
    bad: found.bad,
    judged: found.judged,
    unread: found.unread,
    usualFrom: found.usualFrom,
    blame: found.sums.map(({ isService, isSelf, reasons, traceIds, ...sum }) => ({
      ...sum,
      service: isService,
      self: isSelf,
      reasons: [...reasons],
      traceIds: [...traceIds],
    })),
  };
}

function blameSummary({ bad, judged, sums }: BadEventBlame): string {
  const [first] = sums;
  if (bad === 0) return "There were no bad events.";
  if (first === undefined) return `There were ${bad} bad events, but none of their traces can be read.`;
  const some = judged === bad ? "" : `, ${judged} of them were judged`;
  return `${bad} ${bad === 1 ? "event was" : "events were"} bad${some}: ${first.words}.`;
}

function valueBody(value: AttributedValue): AttributedValueBody {
  const { attribute, badShare, goodShare, score, lift, query, words } = value;
  return {
    attribute,
    value: value.value,
    badShare,
    goodShare,
    lift: lift ?? null,
    score,
    alsoTrue: [...value.alsoTrue],
    query: query ?? null,
    traceIds: [...value.traceIds],
    words,
  };
}
