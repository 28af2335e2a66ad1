import { attributeBadEvents, type AttributedValue } from "./apm/attribute-bad-events.ts";
import { attributionRoutes, type BadEventsQuestion } from "./api/attribution-routes.ts";
import type { AttributedValueBody, AttributionBody } from "./api/attribution-schema.ts";
import type { NativeArea } from "./api/native-routes.ts";
import type { Now } from "./model/time.ts";
import type { Slo } from "./slo/slo.ts";
import type { ClickHouse } from "./store/clickhouse/clickhouse.ts";
import { readEventSample } from "./store/clickhouse/read-event-sample.ts";
import { badEventsProblem, conditionsOf, indicatorAsked } from "./wire-bad-events.ts";

export interface AttributionParts {
  readonly clickhouse: ClickHouse;
  readonly slos: () => readonly Slo[];
  readonly now: Now;
}

/** `GET /api/v1/slos/{name}/attribution`, in the lane of reads. */
export function wireAttribution(parts: AttributionParts): NativeArea {
  return attributionRoutes({
    now: parts.now,
    attribution: async (question) => {
      try {
        return await attribution(parts, question);
      } catch (error) {
        throw badEventsProblem(error);
      }
    },
  });
}

async function attribution(
  { clickhouse, slos }: AttributionParts,
  question: BadEventsQuestion,
): Promise<AttributionBody> {
  const { slo, part, startMs, endMs, signal } = question;
  const { condition, ...conditions } = conditionsOf(indicatorAsked(slos(), question), question);
  const found = await attributeBadEvents(
    (selection) => readEventSample(clickhouse, selection),
    { ...conditions, fromMs: startMs, toMs: endMs, signal },
    condition,
  );
  const { total, bad, every } = found.events;
  return {
    slo,
    part: part ?? null,
    source: "traces",
    start: new Date(startMs).toISOString(),
    end: new Date(endMs).toISOString(),
    summary: found.summary,
    events: { total, bad, estimated: every > 1 },
    sampled: found.sampled,
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
