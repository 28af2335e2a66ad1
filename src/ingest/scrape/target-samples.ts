import { createHash } from "node:crypto";
import { HOUR_MS } from "../../model/time.ts";
import type { Now } from "../../model/time.ts";
import type { Labels } from "../../model/labels.ts";
import { createFloatColumns } from "../../model/float-columns.ts";
import type { FloatColumns } from "../../model/float-columns.ts";
import type { Exemplar, MetricMetadata, SampleBatch } from "../../model/sample-batch.ts";
import type { SeriesTable } from "../series-table.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { expositionSamples } from "./exposition-samples.ts";
import type { ExpositionSamples } from "./exposition-samples.ts";
import { reportSeries, reportValues } from "./report-series.ts";
import type { ScrapeReport } from "./report-series.ts";
import { createScrapedSeriesSet } from "./scraped-series.ts";
import type { ScrapeTarget } from "./scrape-target.ts";

/** Of a scrape that answered. */
export interface ScrapeAnswer {
  readonly text: string;
  readonly format: ExpositionFormat;
}

export interface ScrapeOutcome {
  readonly batch: SampleBatch;
  readonly report: ScrapeReport;
  /** Why the scrape failed; undefined when it did not. */
  readonly problem: string | undefined;
  readonly leftOut: ExpositionSamples["leftOut"] | undefined;
}

/** Turns what a target answers, or that it does not, into samples; remembers what it showed. */
export interface TargetSamples {
  answered(answer: ScrapeAnswer, atMs: number, durationSeconds: () => number): Promise<ScrapeOutcome>;
  failed(problem: string, atMs: number, durationSeconds: number): ScrapeOutcome;
  /** Ends every series of the target. */
  ended(atMs: number): SampleBatch;
}

export interface TargetSamplesOptions {
  readonly target: ScrapeTarget;
  readonly table: SeriesTable;
  readonly now: Now;
  readonly takesTime: (timeMs: number, nowMs: number) => boolean;
}

/** Metadata that has not changed is said again this often. */
const REPEAT_METADATA_MS = HOUR_MS;
const NOTHING: Pick<ScrapeReport, "scraped" | "kept" | "added"> = { scraped: 0, kept: 0, added: 0 };

export function createTargetSamples({ target, table, now, takesTime }: TargetSamplesOptions): TargetSamples {
  const { labels, job } = target;
  const series = createScrapedSeriesSet(labels, job.honorLabels);
  const reports = reportSeries(labels);
  const news = createMetadataNews();
  let scrape = 0;
  let isReported = false;
  const refOf = (one: Labels): number => table.refOf(one, now());

  const addEnds = (columns: FloatColumns, ended: readonly { readonly labels: Labels }[], atMs: number) => {
    if (ended.length === 0) return;
    // A series may be written in another way than before: what the scrape has shows is not ended.
    const present = new Set(columns.finish().series);
    for (const one of ended) {
      const ref = refOf(one.labels);
      if (ref >= 0 && !present.has(ref)) columns.addStale(ref, atMs);
    }
  };
  const addReport = (columns: FloatColumns, report: ScrapeReport, atMs: number) => {
    isReported = true;
    const values = reportValues(report);
    for (const [i, one] of reports.entries()) {
      const ref = refOf(one);
      if (ref >= 0) columns.add(ref, atMs, values[i]!);
    }
  };
  const batchOf = (
    columns: FloatColumns,
    exemplars: readonly Exemplar[] = [],
    metadata: readonly MetricMetadata[] = [],
  ): SampleBatch => ({ table, floats: columns.finish(), histograms: [], exemplars, metadata });

  const failed = (problem: string, atMs: number, durationSeconds: number): ScrapeOutcome => {
    const columns = createFloatColumns();
    const report = { up: false, durationSeconds, ...NOTHING };
    addEnds(columns, series.takeAll(), atMs);
    addReport(columns, report, atMs);
    return { batch: batchOf(columns), report, problem, leftOut: undefined };
  };
  return {
    failed,
    answered: async ({ text, format }, atMs, durationSeconds) => {
      scrape += 1;
      const nowMs = now();
      const read = await expositionSamples(text, format, {
        series,
        scrape,
        atMs,
        refOf: (one) => table.refOf(one, nowMs),
        takesTime: (timeMs) => takesTime(timeMs, nowMs),
        sampleLimit: job.sampleLimit,
      });
      if (!read.ok) return failed(read.problem, atMs, durationSeconds());
      const { columns, exemplars, metadata, scraped, added, leftOut } = read.samples;
      const kept = columns.count;
      addEnds(columns, series.takeUnseen(scrape), atMs);
      const report = { up: true, durationSeconds: durationSeconds(), scraped, kept, added };
      addReport(columns, report, atMs);
      const batch = batchOf(columns, exemplars, news.take(metadata, nowMs));
      return { batch, report, problem: undefined, leftOut };
    },
    ended: (atMs) => {
      const columns = createFloatColumns();
      addEnds(columns, series.takeAll(), atMs);
      if (isReported) {
        const own = reports.map((labels) => ({ labels }));
        addEnds(columns, own, atMs);
      }
      return batchOf(columns);
    },
  };
}

/** Lets metadata pass when it has changed, and now and then. */
function createMetadataNews() {
  let saidMs = Number.NEGATIVE_INFINITY;
  let said = "";
  return {
    take: (metadata: readonly MetricMetadata[], nowMs: number): readonly MetricMetadata[] => {
      const digest = createHash("sha256").update(JSON.stringify(metadata)).digest("base64");
      if (digest === said && nowMs - saidMs < REPEAT_METADATA_MS) return [];
      said = digest;
      saidMs = nowMs;
      return metadata;
    },
  };
}
