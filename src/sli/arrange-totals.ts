import { MOST_GROUP_KEYS } from "../slo/group-by.ts";
import { groupOfCondition } from "../traceql/group-field.ts";
import type { GroupField, GroupKey } from "../traceql/group-field.ts";
import { printField, printFilter } from "../traceql/print-filter.ts";
import type { SpanFilter } from "../traceql/span-filter.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

/** Indicators that count the same events, or a part of them that the value of a field tells. */
export interface TotalArrangement {
  readonly total: SpanFilter;
  readonly selects: readonly {
    readonly isBad: boolean;
    readonly select: SpanFilter;
    /** Of the indicator that counts all of the events. */
    readonly position: number | undefined;
  }[];
  readonly families: readonly FamilyArrangement[];
}

export interface FamilyArrangement {
  readonly fields: readonly GroupField[];
  readonly members: readonly GroupMember[];
}

/** One value of each field, and the indicators that count its events. */
export interface GroupMember {
  readonly keys: readonly GroupKey[];
  /** By select. */
  readonly positions: readonly (number | undefined)[];
}

/** An indicator as one group of a larger total. */
interface Split {
  readonly base: SpanFilter;
  readonly fields: readonly GroupField[];
  readonly keys: readonly GroupKey[];
  /** Equal for all groups of one family. */
  readonly family: string;
}

/**
 * Finds out what indicators have in common: which share a total, and which differ in the last conditions of their total
 * alone, `field = value`, so that a look-up of the value finds them. Every indicator is in one place.
 */
export function arrangeTotals(indicators: readonly ParsedIndicator[]): readonly TotalArrangement[] {
  const splits = indicators.map(({ total }) => splitsOf(total));
  const sizes = new Map<string, Set<string>>();
  for (const [i, options] of splits.entries()) {
    for (const { family } of options) {
      const totals = sizes.get(family) ?? new Set<string>();
      sizes.set(family, totals.add(indicators[i]!.totalText));
    }
  }
  const drafts = new Map<string, Draft>();
  for (const [i, indicator] of indicators.entries()) {
    const split = largest(splits[i]!, (family) => sizes.get(family)!.size);
    const base = split?.base ?? indicator.total;
    const text = split === undefined ? indicator.totalText : printFilter(base);
    const draft = drafts.get(text) ?? { total: base, selects: new Map(), families: new Map() };
    drafts.set(text, draft);
    place(draft, indicator, i, split);
  }
  return [...drafts.values()].map(finish);
}

/** A look-up for a single one would cost more than its condition. */
const SMALLEST_FAMILY = 2;

/** The largest family; of equal ones that with the fewest fields. */
function largest(splits: readonly Split[], sizeOf: (family: string) => number): Split | undefined {
  let best: Split | undefined;
  for (const split of splits) {
    const size = sizeOf(split.family);
    if (size >= SMALLEST_FAMILY && (best === undefined || size > sizeOf(best.family))) best = split;
  }
  return best;
}

/** With one field, with two, … : every way to see a total as a group of a larger one. */
function splitsOf(total: SpanFilter): readonly Split[] {
  const operands = total.type === "all" ? total.operands : [total];
  const splits: Split[] = [];
  for (let count = 1; count <= Math.min(MOST_GROUP_KEYS, operands.length); count += 1) {
    const groups = operands.slice(-count).map(groupOfCondition);
    if (groups.includes(undefined)) break;
    const base = allOf(operands.slice(0, -count));
    const fields = groups.map((group) => group!.field);
    const family = JSON.stringify([printFilter(base), ...fields.map(printField)]);
    splits.push({ base, fields, keys: groups.map((group) => group!.key), family });
  }
  return splits;
}

function allOf(operands: readonly SpanFilter[]): SpanFilter {
  const [first, second] = operands;
  if (first === undefined) return { type: "constant", value: true };
  return second === undefined ? first : { type: "all", operands };
}

interface Draft {
  readonly total: SpanFilter;
  readonly selects: Map<
    string,
    { readonly index: number; isBad: boolean; select: SpanFilter; position: number | undefined }
  >;
  readonly families: Map<
    string,
    {
      readonly fields: readonly GroupField[];
      readonly members: Map<
        string,
        { readonly keys: readonly GroupKey[]; readonly positions: Map<number, number> }
      >;
    }
  >;
}

function place(
  draft: Draft,
  { id, outcome, select }: ParsedIndicator,
  position: number,
  split: Split | undefined,
): void {
  const isBad = outcome === "bad";
  // Of two with one definition each has a place of its own.
  const twin = `${outcome} ${printFilter(select)}`;
  const selectText = isTaken(draft, twin, split) ? `${twin} ${id}` : twin;
  const known = draft.selects.get(selectText);
  const slot = known ?? { index: draft.selects.size, isBad, select, position: undefined };
  draft.selects.set(selectText, slot);
  if (split === undefined) {
    slot.position = position;
    return;
  }
  const family = draft.families.get(split.family) ?? { fields: split.fields, members: new Map() };
  draft.families.set(split.family, family);
  const keyText = JSON.stringify(split.keys);
  const member = family.members.get(keyText) ?? { keys: split.keys, positions: new Map() };
  family.members.set(keyText, member);
  member.positions.set(slot.index, position);
}

function isTaken(draft: Draft, selectText: string, split: Split | undefined): boolean {
  const slot = draft.selects.get(selectText);
  if (slot === undefined) return false;
  if (split === undefined) return slot.position !== undefined;
  const member = draft.families.get(split.family)?.members.get(JSON.stringify(split.keys));
  return member?.positions.has(slot.index) === true;
}

function finish({ total, selects, families }: Draft): TotalArrangement {
  return {
    total,
    selects: [...selects.values()].map(({ isBad, select, position }) => ({ isBad, select, position })),
    families: [...families.values()].map(({ fields, members }) => ({
      fields,
      members: [...members.values()].map(({ keys, positions }) => ({
        keys,
        positions: Array.from({ length: selects.size }, (_, i) => positions.get(i)),
      })),
    })),
  };
}
