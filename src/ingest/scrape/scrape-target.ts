import { createHash } from "node:crypto";
import { labelsOf } from "../../model/labels.ts";
import type { Labels } from "../../model/labels.ts";
import type { ScrapeConfig, ScrapeJob } from "./scrape-config.ts";

/** One thing to scrape. */
export interface ScrapeTarget {
  /** Everything that it was made from: a target whose key stays is the same and goes on. */
  readonly key: string;
  readonly job: ScrapeJob;
  readonly url: URL;
  /** `job`, `instance` and what the configuration adds. */
  readonly labels: Labels;
  /** Where in the interval it is scraped, 0 <= offset < interval; the same for ever, different from target to target. */
  readonly offsetMs: number;
}

/** The targets of a configuration by key; one that is named twice in the same way is one. */
export function scrapeTargets(config: ScrapeConfig): Map<string, ScrapeTarget> {
  const targets = new Map<string, ScrapeTarget>();
  for (const job of config.jobs) {
    const { targets: urls, ...settings } = job;
    for (const text of urls) {
      const key = JSON.stringify([text, settings]);
      const url = new URL(text);
      const labels = labelsOf(Object.entries({ job: job.name, instance: instanceOf(url), ...job.labels }));
      const hash = createHash("sha256").update(`${job.name} ${text}`).digest().readUInt32BE(0);
      const offsetMs = Math.floor((hash / 2 ** 32) * job.intervalMs);
      targets.set(key, { key, job, url, labels, offsetMs });
    }
  }
  return targets;
}

/** host:port, the port named even where it is the scheme's own. */
function instanceOf(url: URL): string {
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return `${url.hostname}:${port}`;
}
