import type { Config } from "../config.ts";
import type { Evaluator } from "../evaluator/evaluator.ts";
import type { Membership } from "../evaluator/membership.ts";
import { startScraper } from "../ingest/scrape/scraper.ts";
import { DAY_MS } from "../model/time.ts";
import type { Now } from "../model/time.ts";
import { createRecorder } from "../record/recorder.ts";
import type { Recorder } from "../record/recorder.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readCountSums } from "../store/clickhouse/read-count-sums.ts";
import { readNewestSamples } from "../store/clickhouse/read-newest-samples.ts";
import type { Ingest } from "./ingest.ts";

export interface Sources {
  readonly recorder: Recorder;
  /** Ends series that nobody will go on with; the samples under way are stored. */
  stop(): Promise<void>;
}

/** Samples that this process makes itself: what it scrapes, and what it records of SLOs and spans. */
export function wireSources(parts: {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  readonly metrics: Metrics;
  readonly evaluator: Pick<Evaluator, "latest">;
  readonly share: Pick<Membership, "isLeader">;
  readonly ingest: Ingest;
  readonly now: Now;
  readonly log: Log;
}): Sources {
  const { clickhouse, config, ingest, log, metrics, now } = parts;
  const { series: table } = ingest;
  const scraper = startScraper({
    config: config.file.scrape,
    table,
    submit: (samples) => ingest.submit({ samples }),
    takesTime: (timeMs, nowMs) => timeMs >= nowMs - config.file.retention.samples && timeMs <= nowMs + DAY_MS,
    observe: ({ up }) => metrics.scrapes.inc({ outcome: up ? "up" : "down" }),
    now,
    log,
  });
  const recorder = createRecorder({
    table,
    submit: (samples) => ingest.submit({ samples }),
    ...(config.roles.has("evaluate")
      ? {
          slos: {
            latest: () => (parts.share.isLeader() ? parts.evaluator.latest() : undefined),
            events: {
              readCounts: (indicators, fromMs, toMs) => readCountSums(clickhouse, indicators, fromMs, toMs),
              readNewest: (metric, fromMs) => readNewestSamples(clickhouse, metric, fromMs),
            },
          },
        }
      : {}),
    now,
    log,
  });
  ingest.onSpansStored((batches) => recorder.observeSpans(batches));
  recorder.start();
  return {
    recorder,
    stop: async () => {
      await scraper.stop();
      await recorder.stop();
    },
  };
}
