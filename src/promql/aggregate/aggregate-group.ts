import { dropLabels, keepLabels, labelsKey, METRIC_NAME, type Labels } from "../../model/labels.ts";
import type { Aggregate } from "../ast.ts";

/** Gives the labels of the group that a series belongs to. `added` is a label that a `by` keeps besides its own. */
export function groupLabels(
  { without, labels }: Pick<Aggregate, "without" | "labels">,
  added?: string,
): (of: Labels) => Labels {
  if (without) {
    const dropped = new Set([...labels, METRIC_NAME]);
    return (of) => dropLabels(of, dropped);
  }
  const kept = new Set(added === undefined ? labels : [...labels, added]);
  if (kept.size === 0) return () => [];
  return (of) => keepLabels(of, kept);
}

/** The groups of an aggregation, in the order of their first sight. */
export interface Groups<Group> {
  of(labels: Labels): Group;
  all(): Iterable<Group>;
}

export function createGroups<Group>(
  labelsOf: (of: Labels) => Labels,
  create: (labels: Labels) => Group,
): Groups<Group> {
  const groups = new Map<string, Group>();
  return {
    of: (labels) => {
      const own = labelsOf(labels);
      const key = labelsKey(own);
      const known = groups.get(key);
      if (known !== undefined) return known;
      const group = create(own);
      groups.set(key, group);
      return group;
    },
    all: () => groups.values(),
  };
}
