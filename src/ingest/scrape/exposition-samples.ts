import { labelsKey } from "../../model/labels.ts";
import type { Labels } from "../../model/labels.ts";
import { createFloatColumns } from "../../model/float-columns.ts";
import type { FloatColumns } from "../../model/float-columns.ts";
import type { Exemplar, MetricMetadata, SeriesRef } from "../../model/sample-batch.ts";
import { collectCreatedTimes } from "./created-times.ts";
import { ExpositionFault } from "./exposition-fault.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { createMetadataCollector } from "./metadata-collector.ts";
import { parseExposition } from "./parse-exposition.ts";
import type { ScrapedSeries, ScrapedSeriesSet } from "./scraped-series.ts";

/** What the samples of one scrape are made with. */
export interface ExpositionContext {
  readonly series: ScrapedSeriesSet;
  /** The number of this scrape. */
  readonly scrape: number;
  /** When it took place; the time of samples without one of their own. */
  readonly atMs: number;
  /** A negative number refuses the series. */
  readonly refOf: (labels: Labels) => SeriesRef;
  /** True for timestamps that are neither too old nor too far ahead. */
  readonly takesTime: (timeMs: number) => boolean;
  readonly sampleLimit: number | undefined;
}

export interface ExpositionSamples {
  readonly columns: FloatColumns;
  readonly exemplars: readonly Exemplar[];
  readonly metadata: readonly MetricMetadata[];
  readonly scraped: number;
  readonly added: number;
  /** Samples that are left out, by reason. */
  readonly leftOut: { readonly refused: number; readonly repeated: number; readonly badTime: number };
}

export type ReadExposition =
  | { readonly ok: true; readonly samples: ExpositionSamples }
  | { readonly ok: false; readonly problem: string };

/** OpenMetrics: names and values of an exemplar's labels together. */
const MAX_EXEMPLAR_CHARACTERS = 128;

/** The samples of an exposition, or what makes it unreadable: then nothing of it counts. */
export async function expositionSamples(
  text: string,
  format: ExpositionFormat,
  context: ExpositionContext,
): Promise<ReadExposition> {
  const { series, scrape, atMs, refOf, takesTime, sampleLimit = Number.POSITIVE_INFINITY } = context;
  const columns = createFloatColumns(1_024);
  const collector = createMetadataCollector(format);
  const starts = format === "openmetrics" ? collectCreatedTimes() : undefined;
  const exemplars: Exemplar[] = [];
  const fresh: ScrapedSeries[] = [];
  const leftOut = { refused: 0, repeated: 0, badTime: 0 };
  let scraped = 0;
  let last: { readonly series: ScrapedSeries; readonly ref: SeriesRef; readonly timeMs: number } | undefined;

  const addSample = (found: ScrapedSeries, value: number, ownTimeMs: number | undefined): void => {
    const timeMs = ownTimeMs ?? atMs;
    const isRepeated = found.seenIn === scrape && ownTimeMs === undefined;
    if (found.seenIn < 0) fresh.push(found);
    found.seenIn = scrape;
    found.endsUnseen = ownTimeMs === undefined;
    if (isRepeated) leftOut.repeated += 1;
    else if (!takesTime(timeMs)) leftOut.badTime += 1;
    else {
      const ref = refOf(found.labels);
      if (ref < 0) {
        leftOut.refused += 1;
        return;
      }
      starts?.addSample(columns.count, found.ownLabels, collector.current);
      columns.add(ref, timeMs, value);
      last = { series: found, ref, timeMs };
    }
  };
  const parsed = await parseExposition(text, format, {
    sample: (seriesText, value, timeMs) => {
      const found = series.find(seriesText);
      last = undefined;
      if (starts?.takeCreated(found.ownLabels, collector.current, value)) {
        found.seenIn = scrape;
        return;
      }
      scraped += 1;
      if (scraped > sampleLimit) {
        throw new ExpositionFault(`more samples than the limit of ${sampleLimit} (sampleLimit)`);
      }
      addSample(found, value, timeMs);
    },
    exemplar: (labels, value, timeMs) => {
      if (last === undefined || isTooLong(labels)) return;
      const key = `${labelsKey(labels)} ${value} ${timeMs ?? ""}`;
      if (last.series.exemplar === key) return;
      last.series.exemplar = key;
      const atOrOwn = timeMs ?? last.timeMs;
      if (takesTime(atOrOwn)) exemplars.push({ series: last.ref, timeMs: atOrOwn, value, labels });
    },
    type: (metric, type) => collector.type(metric, type),
    help: (metric, text) => collector.help(metric, text),
    unit: (metric, unit) => collector.unit(metric, unit),
  });
  if (!parsed.ok) {
    // What this scrape alone has shown is not stored, so it does not end either.
    for (const one of fresh) one.endsUnseen = false;
    return parsed;
  }
  starts?.apply(columns);
  const metadata = collector.finish();
  return { ok: true, samples: { columns, exemplars, metadata, scraped, added: fresh.length, leftOut } };
}

function isTooLong(labels: Labels): boolean {
  let characters = 0;
  for (const text of labels) characters += text.length;
  return characters > MAX_EXEMPLAR_CHARACTERS;
}
