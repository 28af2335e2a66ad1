const HISTOGRAM = 3;
const GAUGE_HISTOGRAM = 4;
const SUMMARY = 5;
const HISTOGRAM_SUFFIXES = ["_bucket", "_sum", "_count"];
const SUMMARY_SUFFIXES = ["_sum", "_count"];

/** The family of a metric of this type (as the protocol numbers them): without what its series add to the name. */
export function familyName(metric: string, type: number): string {
  const suffixes =
    type === HISTOGRAM || type === GAUGE_HISTOGRAM
      ? HISTOGRAM_SUFFIXES
      : type === SUMMARY
        ? SUMMARY_SUFFIXES
        : [];
  const suffix = suffixes.find((suffix) => metric.endsWith(suffix) && metric.length > suffix.length);
  return suffix === undefined ? metric : metric.slice(0, -suffix.length);
}
