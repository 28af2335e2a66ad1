import { labelValue, withLabel } from "../../model/labels.ts";
import type { Labels } from "../../model/labels.ts";

/**
 * The labels of a scraped series with those of its target. Where both have a label, the target's stays and the scraped
 * one is renamed to `exported_<name>`; with `honorLabels` the scraped one stays.
 */
export function withTargetLabels(scraped: Labels, target: Labels, honorLabels: boolean): Labels {
  let labels = scraped;
  for (let i = 0; i < target.length; i += 2) {
    const name = target[i]!;
    const own = labelValue(scraped, name);
    if (own !== "" && honorLabels) continue;
    if (own !== "") labels = withLabel(labels, freeName(labels, target, name), own);
    labels = withLabel(labels, name, target[i + 1]!);
  }
  return labels;
}

function freeName(labels: Labels, target: Labels, name: string): string {
  let free = `exported_${name}`;
  while (labelValue(labels, free) !== "" || labelValue(target, free) !== "") free = `exported_${free}`;
  return free;
}
