import type { Labels } from "../../model/labels.ts";
import { readSeries } from "./series-text.ts";
import { withTargetLabels } from "./target-labels.ts";

/** A series that a target shows, known by how it is written there. */
export interface ScrapedSeries {
  /** As it is stored. */
  readonly labels: Labels;
  /** As the target has it. */
  readonly ownLabels: Labels;
  /** The scrape that showed it last, whether or not with a timestamp of its own. */
  seenIn: number;
  /** True when it ends with the scrape that does not show it: samples with timestamps of their own do not. */
  endsUnseen: boolean;
  /** The exemplar it had last, as text: scrapes show the same one again and again. */
  exemplar: string;
}

/**
 * The series of one target. Texts of series are looked up whole, so that each is taken apart once, and what a scrape no
 * longer shows is found.
 */
export interface ScrapedSeriesSet {
  /** Throws an ExpositionFault when the text is not a series. */
  find(text: string): ScrapedSeries;
  /** Forgets those that `scrape` did not show; gives those of them that have ended. */
  takeUnseen(scrape: number): readonly ScrapedSeries[];
  /** Forgets all; gives those that have ended. */
  takeAll(): readonly ScrapedSeries[];
}

export function createScrapedSeriesSet(targetLabels: Labels, honorLabels: boolean): ScrapedSeriesSet {
  const byText = new Map<string, ScrapedSeries>();
  const take = (isGone: (series: ScrapedSeries) => boolean): readonly ScrapedSeries[] => {
    const ended: ScrapedSeries[] = [];
    for (const [text, series] of byText) {
      if (!isGone(series)) continue;
      byText.delete(text);
      if (series.endsUnseen) ended.push(series);
    }
    return ended;
  };
  return {
    find: (text) => {
      const known = byText.get(text);
      if (known !== undefined) return known;
      const copy = detached(text);
      const ownLabels = readSeries(copy);
      const labels = withTargetLabels(ownLabels, targetLabels, honorLabels);
      const series = { labels, ownLabels, seenIn: -1, endsUnseen: false, exemplar: "" };
      byText.set(copy, series);
      return series;
    },
    takeUnseen: (scrape) => take(({ seenIn }) => seenIn !== scrape),
    takeAll: () => take(() => true),
  };
}

/** A text of its own: a slice would keep the whole exposition in memory. */
function detached(slice: string): string {
  return Buffer.from(slice).toString();
}
