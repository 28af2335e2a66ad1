import { Pair, Scalar, YAMLMap, YAMLSeq, isScalar } from "yaml";

/** Sloth writes its window into the queries of OpenSLO too; counters are counted without one. */
export function withoutTemplate(value: unknown): unknown {
  if (!isScalar(value) || typeof value.value !== "string" || !value.value.includes("{{")) return value;
  return scalarLike(value, value.value.replaceAll(/\{\{\s*\.window\s*\}\}/g, "5m"));
}

/** The value of a field of a mapping, as it is written. */
export function valueOf(map: YAMLMap, field: string): unknown {
  return map.items.find(({ key }) => isScalar(key) && key.value === field)?.value;
}

/** The same mapping with other fields; a field for which there is nothing is left out. */
export function mapLike(
  map: YAMLMap,
  change: (field: string, value: unknown) => readonly [field: string, value: unknown] | undefined,
): YAMLMap {
  const changed = new YAMLMap();
  changed.range = map.range ?? null;
  for (const { key, value } of map.items) {
    const field = isScalar(key) && typeof key.value === "string" ? key.value : undefined;
    const next = field === undefined ? undefined : change(field, value);
    if (field === undefined) changed.items.push(new Pair(key, value));
    else if (next !== undefined)
      changed.items.push(next[0] === field ? new Pair(key, next[1]) : pairOf(next[0], next[1], key));
  }
  return changed;
}

/** A list with other items, at the same place. */
export function seqLike(seq: YAMLSeq, items: unknown[]): YAMLSeq {
  const changed = new YAMLSeq();
  changed.range = seq.range ?? null;
  changed.items = items;
  return changed;
}

/** A value that points at where `like` is written. */
export function scalarLike(like: unknown, value: unknown): Scalar {
  const scalar = new Scalar(value);
  scalar.range = isScalar(like) ? (like.range ?? null) : null;
  return scalar;
}

/** A field that points at where `like` is written. */
export function pairOf(field: string, value: unknown, like?: unknown): Pair {
  return new Pair(scalarLike(like, field), value);
}
