/**
 * The labels of a series: name, value, name, value, … sorted by name (by UTF-16 code unit), each name once, no empty
 * value. The metric's name is the value of `__name__`.
 */
export type Labels = readonly string[];

export const METRIC_NAME = "__name__";

/** Sorts, and leaves out empty values: to Prometheus a label with an empty value is a label that is not there. */
export function labelsOf(pairs: Iterable<readonly [name: string, value: string]>): Labels {
  const sorted = [...pairs].filter(([, value]) => value !== "").sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.flat();
}

/** The value of a label; "" when it is not there. */
export function labelValue(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1]!;
  return "";
}

/** Equal for equal labels only; 0xff occurs in no UTF-8 text, and U+FFFF stands for it here. */
export function labelsKey(labels: Labels): string {
  return labels.join("\uffff");
}

/** Only these labels. */
export function keepLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    if (names.has(labels[i]!)) kept.push(labels[i]!, labels[i + 1]!);
  }
  return kept;
}

/** All but these labels. */
export function dropLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    if (!names.has(labels[i]!)) kept.push(labels[i]!, labels[i + 1]!);
  }
  return kept;
}

/** With one label set to a value, or removed when the value is empty. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  const result: string[] = [];
  let placed = value === "";
  for (let i = 0; i < labels.length; i += 2) {
    const own = labels[i]!;
    if (!placed && own >= name) {
      result.push(name, value);
      placed = true;
    }
    if (own !== name) result.push(own, labels[i + 1]!);
  }
  if (!placed) result.push(name, value);
  return result;
}

/** As Prometheus prints them: `http_requests_total{code="200", job="api"}`. */
export function labelsText(labels: Labels): string {
  const parts: string[] = [];
  let name = "";
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === METRIC_NAME) name = labels[i + 1]!;
    else parts.push(`${labels[i]!}=${JSON.stringify(labels[i + 1]!)}`);
  }
  return parts.length === 0 && name !== "" ? name : `${name}{${parts.join(", ")}}`;
}
