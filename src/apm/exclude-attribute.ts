import type { AttributeCounts } from "./attribution-ports.ts";

/** Keys whose values are new with every event, or say nothing about it. */
const KEYS: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern:
      /(^|[._-])(trace|span|parent|request|correlation|message|transaction|invocation|session)[._-]?ids?$/i,
    reason: "an id",
  },
  { pattern: /(^|[._-])(uuid|guid|nonce|etag)$/i, reason: "an id" },
  { pattern: /(^|[._-])(timestamp|date|datetime|time)$|unix[._-]?(nano|time)/i, reason: "a time" },
  { pattern: /^(span\.)?(net|network|client|source)\..*port$/i, reason: "a port that changes" },
  { pattern: /(^|\.)(thread\.(id|name)|process\.pid|code\.line)/i, reason: "of the process alone" },
];

/** Values that are ids or times: UUIDs, long numbers, long hexadecimal numbers, RFC 3339. */
const VALUE =
  /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}|\d{9,}|(?=.*\d)[0-9a-f]{16,}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*)$/i;

/** So few values are looked at whatever they are. */
const FEW = 3;
const MOST_NUMBERS = 50;
/** Every fifth event, or more of them, has a value of its own. */
const MOST_DISTINCT_SHARE = 0.2;
const SOME = 20;

/** Why an attribute explains nothing, for people; undefined where it may. */
export function exclusionOf({
  attribute,
  type,
  distinct,
  present,
  values,
}: AttributeCounts): string | undefined {
  const rule = KEYS.find(({ pattern }) => pattern.test(attribute));
  if (rule !== undefined) return rule.reason;
  if (distinct <= FEW) return undefined;
  if (type === "text" && values.filter(({ value }) => VALUE.test(value)).length * 2 > values.length) {
    return "its values are ids or times";
  }
  if (type === "number" && distinct > MOST_NUMBERS) return `a number with ${distinct} values`;
  if (distinct >= SOME && distinct > present * MOST_DISTINCT_SHARE) {
    return `${distinct} values in ${present} events`;
  }
  return undefined;
}
