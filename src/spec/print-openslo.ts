import { Document } from "yaml";
import { windowName } from "../slo/format-duration.ts";
import type { MetricsDefinition } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import type { Loss } from "./dialect/loss.ts";

/**
 * An SLO over metrics with a rolling window as an OpenSLO v1 document, which loads to the same SLO. What was lost on the
 * way stands above it as a comment. Undefined for SLOs that no other dialect gives.
 */
export function printOpenSlo(slo: Slo, losses: readonly Loss[]): string | undefined {
  const { indicator, window, method } = slo;
  if (indicator.source !== "metrics" || indicator.definition.kind === "threshold") return undefined;
  if (window.kind !== "rolling" || method.kind !== "occurrences") return undefined;
  const metadata = {
    name: slo.name,
    ...(slo.displayName === slo.name ? {} : { displayName: slo.displayName }),
    ...(Object.keys(slo.labels).length === 0 ? {} : { labels: labelsOf(slo) }),
    ...(Object.keys(slo.annotations).length === 0 ? {} : { annotations: slo.annotations }),
  };
  const document = new Document({
    apiVersion: "openslo/v1",
    kind: "SLO",
    metadata,
    spec: {
      ...(slo.description === "" ? {} : { description: slo.description }),
      service: slo.service,
      budgetingMethod: "Occurrences",
      timeWindow: [{ duration: windowName(window.ms), isRolling: true }],
      indicator: {
        metadata: { name: slo.name },
        spec: { ratioMetric: ratioOf(indicator.definition) },
      },
      objectives: [{ target: slo.target }],
    },
  });
  return comment(losses) + document.toString({ lineWidth: 0 });
}

function labelsOf({ labels }: Slo): object {
  return Object.fromEntries(
    Object.entries(labels).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

function ratioOf(definition: Exclude<MetricsDefinition, { kind: "threshold" }>): object {
  switch (definition.kind) {
    case "increments":
      return {
        counter: true,
        [definition.outcome]: metricOf(definition.select.query),
        total: metricOf(definition.total.query),
      };
    case "evaluated":
      return { [definition.outcome]: metricOf(definition.query), total: metricOf(definition.total) };
    case "raw":
      return { rawType: definition.rawType, raw: metricOf(definition.query) };
  }
}

function metricOf(query: string): object {
  return { metricSource: { type: "prometheus", spec: { query } } };
}

function comment(losses: readonly Loss[]): string {
  if (losses.length === 0) return "";
  const ordered = [...losses].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = ordered.map(({ line, path, reason }) => `# - ${path} (line ${line}): ${reason}`);
  return ["# Not carried over:", ...lines].map((line) => `${line.replaceAll(/\s+/g, " ")}\n`).join("");
}
