import type { Contributor } from "./notification-context.ts";

/** Events with one endpoint and one version. */
export interface EventGroup {
  readonly endpoint: string;
  readonly version: string;
  readonly total: number;
  readonly bad: number;
}

/** What has less of the bad events explains nothing. */
const LEAST_SHARE = 0.1;
const MOST_OF_A_KIND = 3;

/**
 * The endpoints and versions with most of the bad events. Where there is only one endpoint, or one version, it says
 * nothing and is left out; parts of an endpoint that look like ids are one.
 */
export function topContributors(groups: readonly EventGroup[]): readonly Contributor[] {
  return [
    ...worstOf("endpoint", groups, ({ endpoint }) => withoutIds(endpoint)),
    ...worstOf("version", groups, ({ version }) => version),
  ];
}

function worstOf(
  kind: Contributor["kind"],
  groups: readonly EventGroup[],
  valueOf: (group: EventGroup) => string,
): readonly Contributor[] {
  const sums = new Map<string, { total: number; bad: number }>();
  for (const group of groups) {
    const value = valueOf(group);
    const sum = sums.get(value) ?? { total: 0, bad: 0 };
    sums.set(value, { total: sum.total + group.total, bad: sum.bad + group.bad });
  }
  const all = [...sums.values()];
  const total = all.reduce((sum, one) => sum + one.total, 0);
  const bad = all.reduce((sum, one) => sum + one.bad, 0);
  if (sums.size < 2 || bad === 0) return [];
  return [...sums]
    .filter(([value, sum]) => value !== "" && sum.bad / bad >= LEAST_SHARE)
    .map(([value, sum]) => ({
      kind,
      value,
      badEvents: sum.bad,
      badShare: sum.bad / bad,
      eventShare: sum.total / total,
    }))
    .sort((a, b) => b.badEvents - a.badEvents || (a.value < b.value ? -1 : 1))
    .slice(0, MOST_OF_A_KIND);
}

/** `GET /orders/4711` and `GET /orders/4712` are one endpoint: `GET /orders/*`. */
export function withoutIds(endpoint: string): string {
  return endpoint.replaceAll(/[^\s/?=&:]+/g, (part) => (ID.test(part) ? "*" : part));
}

/** A UUID, a long hex or decimal number, or a long mixture of letters and digits without a break. */
const ID =
  /^(?:[0-9a-f]{8}-[0-9a-f-]{20,}|\d{3,}|(?=[^\s]*\d)[0-9a-f]{8,}|(?=\w*\d\w*\d)(?=\w*[A-Za-z])\w{16,})$/i;
