import type { Resource, SpanBatch } from "../model/span-batch.ts";
import { createKeyLookup } from "../traceql/attribute-test.ts";
import type { KeyLookup } from "../traceql/attribute-test.ts";
import { groupValueOf, spanGroupValue } from "../traceql/group-field.ts";
import type { GroupField, GroupValue, SpanGroupValue } from "../traceql/group-field.ts";
import type { GroupMember } from "./arrange-totals.ts";

/** Finds what the group of a span counts; undefined where its values make no group. */
export type GroupOf<T> = (batch: SpanBatch, row: number) => T | undefined;

/** What is left to ask once the resource is known; undefined where none of its spans is in a group. */
export type GroupFamily<T> = (resource: Resource) => GroupOf<T> | undefined;

/** By the value of the first field: by that of the second, …: what the group counts. */
interface Level<T> {
  readonly next: Map<GroupValue, Level<T>>;
  leaf: T | undefined;
}

/** The indicators of one family by the values of its fields. `tallyOf`: of the indicator at a position. */
export function createGroupFamily<T>(
  fields: readonly GroupField[],
  members: readonly GroupMember[],
  tallyOf: (position: number) => T,
  lookups: Map<string, KeyLookup> = new Map(),
): GroupFamily<readonly (T | undefined)[]> {
  type Leaf = readonly (T | undefined)[];
  const root: Level<Leaf> = { next: new Map(), leaf: undefined };
  for (const { keys, positions } of members) {
    let level = root;
    for (const value of keys.map(groupValueOf)) {
      const next = level.next.get(value) ?? { next: new Map(), leaf: undefined };
      level.next.set(value, next);
      level = next;
    }
    level.leaf = positions.map((position) => (position === undefined ? undefined : tallyOf(position)));
  }
  const lookupsOf = fields.map((field) => {
    const key = field.type === "attribute" ? field.key : "";
    const lookup = lookups.get(key) ?? createKeyLookup(key);
    lookups.set(key, lookup);
    return lookup;
  });
  return (resource) =>
    finder(
      root,
      fields.map((field, i) => spanGroupValue(field, resource, lookupsOf[i]!)),
    );
}

/** Values that the resource tells are looked up once. */
function finder<T>(root: Level<T>, values: readonly SpanGroupValue[]): GroupOf<T> | undefined {
  const [first, ...rest] = values;
  if (values.length === 0) {
    const { leaf } = root;
    return leaf === undefined ? undefined : () => leaf;
  }
  if (typeof first !== "function") {
    const level = root.next.get(first);
    return level && finder(level, rest);
  }
  if (rest.length === 0) return (batch, row) => root.next.get(first(batch, row))?.leaf;
  return (batch, row) => {
    let level: Level<T> | undefined = root;
    for (const value of values)
      level = level?.next.get(typeof value === "function" ? value(batch, row) : value);
    return level?.leaf;
  };
}
