import type { Labels } from "../../model/labels.ts";

/** The order of series in results: by the first name or value that differs, then by how many there are. */
export function compareLabels(a: Labels, b: Labels): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  }
  return a.length - b.length;
}
