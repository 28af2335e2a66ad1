import type { Attributes } from "../../model/attributes.ts";
import { stringAttribute } from "../../model/attributes.ts";
import { type Labels, labelsOf, METRIC_NAME } from "../../model/labels.ts";
import { attributeText } from "./attribute-text.ts";
import { prometheusLabelName } from "./prometheus-name.ts";

/** What an instrumentation scope says of itself. */
export interface MetricScope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: Attributes;
}

type LabelPair = readonly [name: string, value: string];

const SERVICE_NAME = "service.name";
const SERVICE_NAMESPACE = "service.namespace";
const SERVICE_INSTANCE = "service.instance.id";
const IDENTIFYING: ReadonlySet<string> = new Set([SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_INSTANCE]);

/** `job` and `instance`, as far as a resource has them. */
export function targetLabels(resource: Attributes): readonly LabelPair[] {
  const pairs: LabelPair[] = [];
  const name = textOf(resource, SERVICE_NAME);
  const namespace = textOf(resource, SERVICE_NAMESPACE);
  if (name !== "") pairs.push(["job", namespace === "" ? name : `${namespace}/${name}`]);
  const instance = textOf(resource, SERVICE_INSTANCE);
  if (instance !== "") pairs.push(["instance", instance]);
  return pairs;
}

/** The labels of `target_info`; undefined where it would name no target, or say no more than the target's labels. */
export function targetInfoLabels(resource: Attributes): Labels | undefined {
  const target = targetLabels(resource);
  if (target.length === 0 || resource.keys.every((key) => IDENTIFYING.has(key))) return undefined;
  const labels = new Map<string, string>();
  putAttributes(labels, resource, (key) => !IDENTIFYING.has(key));
  for (const [name, value] of target) labels.set(name, value);
  labels.set(METRIC_NAME, "target_info");
  return labelsOf(labels);
}

/** `otel_scope_name` and so on; none for a scope without a name, as Prometheus has it. */
export function scopeLabels(scope: MetricScope): readonly LabelPair[] {
  if (scope.name === "") return [];
  const labels = new Map([
    ["otel_scope_name", scope.name],
    ["otel_scope_version", scope.version],
    ["otel_scope_schema_url", scope.schemaUrl],
  ]);
  const { keys, types, values } = scope.attributes;
  keys.forEach((key, i) => {
    labels.set(prometheusLabelName(`otel_scope_${key}`), attributeText(types[i]!, values[i]!));
  });
  return [...labels];
}

/**
 * The labels of a data point without its name: attributes, over them those of the scope and the target. undefined when an
 * attribute has a name that no label can have.
 */
export function pointLabels(
  attributes: Attributes,
  scope: readonly LabelPair[],
  target: readonly LabelPair[],
): Labels | undefined {
  const labels = new Map<string, string>();
  if (!putAttributes(labels, attributes, () => true)) return undefined;
  for (const [name, value] of scope) labels.set(name, value);
  for (const [name, value] of target) labels.set(name, value);
  labels.delete(METRIC_NAME);
  return labelsOf(labels);
}

/** Attributes whose names become the same are joined, in the order of their keys. False: one has no name, and is left out. */
export function putAttributes(
  labels: Map<string, string>,
  { keys, types, values }: Attributes,
  wants: (key: string) => boolean,
): boolean {
  let hasNames = true;
  const order = keys.map((_, i) => i).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  for (const i of order) {
    const key = keys[i]!;
    if (!wants(key)) continue;
    const name = prometheusLabelName(key);
    if (name === "") {
      hasNames = false;
      continue;
    }
    const value = attributeText(types[i]!, values[i]!);
    const known = labels.get(name);
    labels.set(name, known === undefined ? value : `${known};${value}`);
  }
  return hasNames;
}

function textOf(attributes: Attributes, key: string): string {
  const text = stringAttribute(attributes, key);
  if (text !== undefined) return text;
  const index = attributes.keys.indexOf(key);
  return index < 0 ? "" : attributeText(attributes.types[index]!, attributes.values[index]!);
}

/** A bound as the value of `le` or `quantile`: the shortest decimal that reads back the same, never with an exponent. */
export function plainDecimal(value: number): string {
  const text = String(value);
  const parts = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return value === Number.POSITIVE_INFINITY ? "+Inf" : text;
  const [, sign, whole, fraction = "", exponent] = parts;
  const digits = `${whole}${fraction}`;
  const point = whole!.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits}${"0".repeat(point - digits.length)}`;
}
