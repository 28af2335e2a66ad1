/** The same numbers for the same seed, in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const COUNTERS = ["http_requests_total", "latency_seconds_count", "latency_seconds_sum"];
const GAUGES = ["temperature_celsius"];
const CHANGES = ["delta", "idelta", "resets", "changes", "deriv"];
const RATES = ["rate", "increase", "irate", ...CHANGES];
const OVER_TIME = ["avg", "min", "max", "sum", "count", "stddev", "stdvar", "last", "present"];
const AGGREGATIONS = ["sum", "avg", "min", "max", "count", "stddev", "stdvar", "group"];
const MATHS = [
  "abs",
  "ceil",
  "floor",
  "sqrt",
  "exp",
  "ln",
  "log2",
  "log10",
  "sgn",
  "sin",
  "cos",
  "deg",
  "rad",
];
/** Without %: the last digit of a sum, which depends on its order, may be all of the remainder. */
const ARITHMETIC = ["+", "-", "*", "/", "^", "atan2"];
const COMPARISONS = [">", "<", ">=", "<=", "==", "!="];

/**
 * PromQL that Prometheus 2 and 3 answer alike, over the metrics of the differential test: no windows that begin on a
 * sample, no function that came later.
 */
export function generateQueries(seed: number, count: number): string[] {
  const next = random(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
  const chance = (share: number): boolean => next() < share;
  const range = (): string => pick(["1m", "2m", "5m", "7m30s", "20m", "1h"]);

  const matchers = (): string => {
    const all: string[] = [];
    if (chance(0.3)) all.push(pick(['job="api"', 'job!="api"', 'job=~"a.*"', 'job=~"web|api"']));
    if (chance(0.2)) all.push(pick(['instance="a:1"', 'instance!~"[ab]:.*"', 'instance=~".+"']));
    if (chance(0.1)) all.push('missing=""');
    return all.length === 0 ? "" : `{${all.join(",")}}`;
  };
  const at = (): string => (chance(0.15) ? pick([" offset 5m", " offset 1m30s", " offset -1m"]) : "");
  const selector = (names: readonly string[]): string => `${pick(names)}${matchers()}${at()}`;
  const ranged = (names: readonly string[]): string => `${pick(names)}${matchers()}[${range()}]${at()}`;
  const labels = (): string => pick(["job", "instance", "code", "job, instance", "job, code", ""]);

  const leaf = (): string => {
    const kind = next();
    if (kind < 0.25) return selector([...COUNTERS, ...GAUGES]);
    if (kind < 0.6)
      return chance(0.7) ? `${pick(RATES)}(${ranged(COUNTERS)})` : `${pick(CHANGES)}(${ranged(GAUGES)})`;
    if (kind < 0.85) return `${pick(OVER_TIME)}_over_time(${ranged([...COUNTERS, ...GAUGES])})`;
    if (kind < 0.9) return `quantile_over_time(${pick(["0", "0.3", "0.95", "1"])}, ${ranged(GAUGES)})`;
    if (kind < 0.95) return `predict_linear(${ranged(GAUGES)}, ${pick(["60", "3600", "-300"])})`;
    return `${pick(["max", "min", "avg", "sum"])}_over_time(rate(${pick(COUNTERS)}${matchers()}[5m])[${pick(["20m", "31m"])}:${pick(["1m", "97s", ""])}])`;
  };

  const vector = (depth: number): string => {
    if (depth === 0) return leaf();
    const kind = next();
    if (kind < 0.3) return `${pick(AGGREGATIONS)} ${grouping()}(${vector(depth - 1)})`;
    if (kind < 0.36) return `${pick(["topk", "bottomk"])}(${pick(["1", "3"])}, ${distinct()})`;
    if (kind < 0.4) return `quantile ${grouping()}(${pick(["0.1", "0.5", "0.99"])}, ${vector(depth - 1)})`;
    if (kind < 0.5) return `${pick(MATHS)}(${vector(depth - 1)})`;
    if (kind < 0.55) return `clamp(${vector(depth - 1)}, ${pick(["-5", "0"])}, ${pick(["5", "100"])})`;
    if (kind < 0.58) return `round(${vector(depth - 1)}, ${pick(["1", "0.5", "10"])})`;
    if (kind < 0.66) return `${vector(depth - 1)} ${pick(ARITHMETIC)} ${pick(["2", "0.5", "-3", "100"])}`;
    if (kind < 0.72)
      return `${vector(depth - 1)} ${pick(COMPARISONS)} ${chance(0.4) ? "bool " : ""}${pick(["0", "1", "20"])}`;
    if (kind < 0.8) return matched();
    if (kind < 0.86)
      return `${vector(depth - 1)} ${pick(["and", "or", "unless"])} ${pick(["", "on (job) ", "on (job, instance) "])}${vector(depth - 1)}`;
    if (kind < 0.9) return `label_replace(${vector(depth - 1)}, "copy", "$1-x", "job", "(.*)")`;
    if (kind < 0.94)
      return `histogram_quantile(${pick(["0.5", "0.9", "0.99"])}, sum by (${pick(["le", "le, job", "le, instance"])}) (rate(latency_seconds_bucket${matchers()}[${range()}])))`;
    if (kind < 0.97) return `-(${vector(depth - 1)})`;
    return `absent(${selector(["missing_metric", ...GAUGES])})`;
  };
  const grouping = (): string => (chance(0.75) ? `${pick(["by", "without"])} (${labels()}) ` : "");
  /** Without equal values: which of them are the largest is nobody's business. */
  const distinct = (): string =>
    pick([
      () => `rate(latency_seconds_sum[${range()}])`,
      () => `avg_over_time(latency_seconds_sum${matchers()}[20m])`,
      () => `latency_seconds_sum${matchers()}`,
    ])();
  const matched = (): string => {
    const operator = pick(["+", "-", "*", "/", ">", "<="]);
    const sum = (by: string): string => `sum by (${by}) (rate(${pick(COUNTERS)}[5m]))`;
    return pick([
      () => `${sum("job, instance")} ${operator} ${sum("job, instance")}`,
      () => `${sum("job, instance")} ${operator} on (job) group_left ${sum("job")}`,
      () => `${sum("job")} ${operator} on (job) group_right ${sum("job, instance")}`,
      () => `temperature_celsius * on (job, instance) group_left (version) build_info`,
      () => `rate(latency_seconds_sum[5m]) / rate(latency_seconds_count[5m])`,
      () => `latency_seconds_count % 7`,
      () => `sum without (code) (http_requests_total) ${operator} ignoring (code) latency_seconds_count`,
    ])();
  };

  return Array.from({ length: count }, () => vector(Math.floor(next() * 3)));
}
