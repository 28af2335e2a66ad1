import { z } from "zod";
import { createCountTimeline } from "../replay/count-timeline.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { HistoryError, type GetJson, type History, type HistoryRange } from "./history.ts";

const slosBody = z.object({
  slos: z.array(
    z.object({
      name: z.string(),
      indicator: z.object({ id: z.string() }),
      // Servers of older versions know of no parts.
      parts: z.array(z.object({ name: z.string(), indicator: z.object({ id: z.string() }) })).optional(),
    }),
  ),
});
const countsBody = z.object({
  coveredFrom: z.string().nullable(),
  good: z.array(z.number()),
  total: z.array(z.number()),
});

/** Buckets of 10 s asked for at once. */
const STEPS_PER_REQUEST = 10_000;

/** The counts that a running service keeps of one indicator of the SLO. Throws HistoryError. */
export async function readServerHistory(
  slo: Slo,
  indicator: Indicator,
  range: HistoryRange,
  getJson: GetJson,
): Promise<History> {
  const { name, part } = await placeOnServer(slo, indicator, getJson);
  // Alerts go by corrected counts. What another SLO's corrections exclude is no matter of this one.
  const buckets = (range.endMs - range.startMs) / BUCKET_MS;
  const good = new Float64Array(buckets);
  const total = new Float64Array(buckets);
  let coveredFrom: string | null = null;
  for (let from = 0; from < buckets; from += STEPS_PER_REQUEST) {
    const startMs = range.startMs + from * BUCKET_MS;
    const endMs = Math.min(range.endMs, startMs + STEPS_PER_REQUEST * BUCKET_MS);
    const query = `start=${startMs / 1_000}&end=${endMs / 1_000}&step=${BUCKET_MS / 1_000}&corrected=${name === slo.name}${part === undefined ? "" : `&part=${encodeURIComponent(part)}`}`;
    const body = countsBody.parse(await getJson(`/api/v1/slos/${encodeURIComponent(name)}/counts?${query}`));
    good.set(body.good.slice(0, buckets - from), from);
    total.set(body.total.slice(0, buckets - from), from);
    coveredFrom = body.coveredFrom;
  }
  if (coveredFrom === null) {
    throw new HistoryError(
      `the server is still counting what is stored for ${name}; ask again when it is done`,
    );
  }
  const knownFromMs = Date.parse(coveredFrom);
  return {
    timeline: createCountTimeline(range.startMs, good, total),
    knownFromMs: knownFromMs > range.startMs ? knownFromMs : undefined,
    source: "the server's counts",
  };
}

/** Where the indicator is counted: by the SLO of this name if it counts the same, or else by another. Targets and windows may differ. */
async function placeOnServer(
  slo: Slo,
  indicator: Indicator,
  getJson: GetJson,
): Promise<{ readonly name: string; readonly part: string | undefined }> {
  const { slos } = slosBody.parse(await getJson("/api/v1/slos"));
  const places = slos.flatMap((each) => [
    { name: each.name, part: undefined, id: each.indicator.id },
    ...(each.parts ?? []).map((part) => ({ name: each.name, part: part.name, id: part.indicator.id })),
  ]);
  const same = places.filter(({ id }) => id === indicator.id);
  const found = same.find(({ name }) => name === slo.name) ?? same[0];
  if (found !== undefined) return found;
  throw new HistoryError(
    slos.some(({ name }) => name === slo.name)
      ? `${slo.name} has other queries on the server, so its counts are of something else; give the server this spec first`
      : `the server does not count ${slo.name}; give it this spec, and it counts what is stored`,
  );
}
