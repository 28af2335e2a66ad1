import type { Now } from "../../model/time.ts";
import type { SampleBatch } from "../../model/sample-batch.ts";
import type { Log } from "../../self/log.ts";
import type { SubmitResult } from "../group-commit-options.ts";
import type { SeriesTable } from "../series-table.ts";
import type { ScrapeConfig } from "./scrape-config.ts";
import { startScrapeLoop } from "./scrape-loop.ts";
import type { ScrapeLoop } from "./scrape-loop.ts";
import type { TargetStatus } from "./scrape-status.ts";
import { scrapeTargets } from "./scrape-target.ts";

export interface ScraperOptions {
  readonly table: SeriesTable;
  readonly submit: (batch: SampleBatch) => Promise<SubmitResult>;
  readonly now: Now;
  readonly log: Log;
  /** False for timestamps of expositions that are too old, or too far ahead of the clock, to be stored. */
  readonly takesTime?: (timeMs: number, nowMs: number) => boolean;
  /** Called after each scrape. */
  readonly observe?: (scrape: ObservedScrape) => void;
}

export interface ObservedScrape {
  readonly up: boolean;
  readonly seconds: number;
  readonly samples: number;
}

export interface Scraper {
  /** From now on these targets; those that are as before go on undisturbed. Ends after the others have. */
  update(config: ScrapeConfig): Promise<void>;
  /** In the order of the configuration. */
  targets(): readonly TargetStatus[];
  /** Ends every scrape, and every series with it. To be called while samples can still be submitted. */
  stop(): Promise<void>;
}

/** Scrapes what a configuration names. */
export function startScraper(options: ScraperOptions & { readonly config: ScrapeConfig }): Scraper {
  let loops = new Map<string, ScrapeLoop>();

  const setTargets = async (config: ScrapeConfig): Promise<void> => {
    const before = loops;
    const wanted = scrapeTargets(config);
    const gone = [...before].filter(([key]) => !wanted.has(key)).map(([, loop]) => loop.stop());
    loops = new Map(
      [...wanted].map(([key, target]) => [key, before.get(key) ?? startScrapeLoop(target, options)]),
    );
    await Promise.all(gone);
  };
  void setTargets(options.config);
  return {
    update: setTargets,
    targets: () => [...loops.values()].map((loop) => loop.status()),
    stop: () => setTargets({ jobs: [] }),
  };
}
