import { sqlString } from "../model/sql-string.ts";
import { groupKeySql } from "../traceql/group-field.ts";
import type { GroupField, GroupKey } from "../traceql/group-field.ts";
import { filterToSql } from "../traceql/span-sql.ts";
import { arrangeTotals } from "./arrange-totals.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

/** Indicators that differ in the value of fields alone: one condition, and a look-up of the value, counts them all. */
export interface FamilySql {
  /** Condition of the events of all of them. */
  readonly total: string;
  readonly good: string;
  /** The values as one text. */
  readonly key: string;
  readonly members: readonly { readonly key: string; readonly id: string }[];
}

/** What families are found in. `where` restricts the spans of this indicator further. */
export interface FamilyCandidate {
  readonly indicator: ParsedIndicator;
  readonly where: string | undefined;
}

/** Finds the families among these; `alone` are those that are in none. */
export function splitFamilies<T extends FamilyCandidate>(
  candidates: readonly T[],
): {
  readonly alone: readonly T[];
  readonly families: readonly (FamilySql & { readonly of: readonly T[] })[];
} {
  const families: (FamilySql & { readonly of: readonly T[] })[] = [];
  for (const where of new Set(candidates.map((candidate) => candidate.where))) {
    const own = candidates.filter((candidate) => candidate.where === where);
    for (const arrangement of arrangeTotals(own.map(({ indicator }) => indicator))) {
      const event = filterToSql(arrangement.total);
      const total = where === undefined ? event : `(${event} AND ${where})`;
      for (const { fields, members } of arrangement.families) {
        for (const [i, { isBad, select }] of arrangement.selects.entries()) {
          const counted = members.flatMap(({ keys, positions }) => {
            const candidate = own[positions[i] ?? -1];
            return candidate === undefined ? [] : [{ candidate, key: keyText(keys) }];
          });
          if (counted.length < 2) continue;
          const good = isBad ? `(NOT ${filterToSql(select)})` : filterToSql(select);
          families.push({
            total,
            good,
            key: keySql(fields),
            members: counted.map(({ candidate, key }) => ({ key, id: candidate.indicator.id })),
            of: counted.map(({ candidate }) => candidate),
          });
        }
      }
    }
  }
  const placed = new Set(families.flatMap(({ of }) => of));
  return { alone: candidates.filter((candidate) => !placed.has(candidate)), families };
}

/** As rawCountsSql, of one family. `bucketSql`: start of a span's bucket. */
export function familyCountsSql(family: FamilySql, where: string, bucketSql: string): string {
  const keys = family.members.map(({ key }) => sqlString(key)).join(", ");
  const ids = family.members.map(({ id }) => sqlString(id)).join(", ");
  return `SELECT transform(group_key, [${keys}], [${ids}], '') AS indicator, bucket_s,
  toFloat64(countIf(is_good)) AS good, toFloat64(count()) AS total
FROM (
  SELECT ${bucketSql} AS bucket_s, ${family.key} AS group_key, ${family.good} AS is_good
  FROM spans
  WHERE ${where}
    AND ${family.total}
)
WHERE indicator != ''
GROUP BY indicator, bucket_s`;
}

/** Lengths, in bytes, keep the values of several fields apart. */
function keyText(keys: readonly GroupKey[]): string {
  if (keys.length === 1) return keys[0]!;
  return keys.map((key) => `${Buffer.byteLength(key)}:${key}`).join("");
}

function keySql(fields: readonly GroupField[]): string {
  if (fields.length === 1) return groupKeySql(fields[0]!);
  const parts = fields.map((field) => {
    const value = groupKeySql(field);
    return `toString(length(${value})), ':', ${value}`;
  });
  return `concat(${parts.join(", ")})`;
}
