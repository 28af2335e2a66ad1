/** A text as PromQL and TraceQL quote it. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** `field = "x"`, or any of several in parentheses. */
export function anyEqual(fields: readonly string[], values: readonly string[]): string {
  return anyOf(fields.flatMap((field) => values.map((value) => `${field} = ${quoted(value)}`)));
}

/** Alternatives of a TraceQL filter, in parentheses where there are several. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 1 ? conditions[0]! : `(${conditions.join(" || ")})`;
}

/** `label="x"`, or any of several. */
export function labelIn(label: string, values: readonly string[]): string {
  return values.length === 1
    ? `${label}=${quoted(values[0]!)}`
    : `${label}=~${quoted(values.map(escapeRegex).join("|"))}`;
}

/** The text as a regular expression of RE2 that matches it alone. */
function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/**
 * The label that says which service sent a metric. OTLP makes it of service.namespace and service.name, so that both
 * `payment` and `shop/payment` are the service payment. `any`: whoever sent it.
 */
export function jobMatcher(service: string, job: string | undefined): readonly string[] {
  if (job === "any") return [];
  return job === undefined ? [`job=~${quoted(`(.+/)?${escapeRegex(service)}`)}`] : [`job=${quoted(job)}`];
}

/** `metric{a="b"}`. */
export function selector(metric: string, matchers: readonly string[]): string {
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(", ")}}`;
}

/** Events counted by counters. */
export function sumOfRate(metric: string, matchers: readonly string[]): string {
  return `sum(rate(${selector(metric, matchers)}[5m]))`;
}
