import { z } from "zod";
import { duration, flag, section } from "./fields.ts";
import { parseMatcher, type LabelMatcher } from "../alert/label-matcher.ts";
import type { Route } from "../alert/routing/route-alert.ts";
import type { TimeInterval } from "../alert/routing/time-interval.ts";
import type { TellingPolicy } from "../alert/notification.ts";
import { suggestName } from "../model/nearest-name.ts";
import { isTimeZone } from "../slo/zoned-time.ts";

const text = (what: string) => z.string({ error: `write ${what}` }).min(1, `write ${what}`);
const list = <T extends z.ZodType>(item: T, example: string) =>
  z.array(item, { error: `write a list: ${example}` });

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** `mon-fri`, `sat`; a range may run over the end of the week. */
const days = z.string({ error: "write days, as mon-fri or sat" }).transform((words, context) => {
  const [first, last = first] = words.trim().toLowerCase().split("-");
  const from = DAYS.findIndex((day) => day === first);
  const to = DAYS.findIndex((day) => day === last);
  if (from === -1 || to === -1) {
    context.addIssue({
      code: "custom",
      message: `"${words}" are not days; write for instance mon-fri, or sat`,
    });
    return z.NEVER;
  }
  const length = ((to - from + 7) % 7) + 1;
  return Array.from({ length }, (_, i) => (from + i) % 7);
});

/** `09:00-18:00`, in minutes of the day. */
const hours = z.string({ error: 'write hours in quotes, as "09:00-18:00"' }).transform((words, context) => {
  const match = /^(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})$/.exec(words.trim());
  const [h1, m1, h2, m2] = (match ?? []).slice(1).map(Number) as [number, number, number, number];
  const [from, to] = [h1 * 60 + m1, h2 * 60 + m2];
  if (match === null || from >= 1_440 || to > 1_440 || m1 > 59 || m2 > 59 || from === to) {
    context.addIssue({
      code: "custom",
      message: `"${words}" are not hours; write for instance "09:00-18:00"`,
    });
    return z.NEVER;
  }
  return { from, to };
});

const timeZone = z
  .string({ error: "write a time zone, as Europe/Berlin" })
  .refine(isTimeZone, { error: "not a time zone; write for instance Europe/Berlin" });

const interval = section({
  days: days.or(list(days, "[mon-fri, sat]").transform((all) => all.flat())).default([0, 1, 2, 3, 4, 5, 6]),
  hours: hours.default({ from: 0, to: 1_440 }),
  timeZone: timeZone.default("UTC"),
}).transform(({ days, hours, timeZone }): TimeInterval => ({ days, ...hours, timeZone }));

/** `timeIntervals` of noroshi.yaml: each name has one interval or several, of which one has to hold. */
export const timeIntervalsSection = z
  .record(z.string(), z.union([interval.transform((one) => [one]), list(interval, "[{days: mon-fri}]")]), {
    error: 'write names below it, indented: office-hours: {days: mon-fri, hours: "09:00-18:00"}',
  })
  .default({});

const matcher = z.string({ error: "write a matcher in quotes" }).transform((words, context): LabelMatcher => {
  const read = parseMatcher(words);
  if (read.ok) return read.matcher;
  context.addIssue({ code: "custom", message: read.problem });
  return z.NEVER;
});

/** `{owner: payments, severity: [critical]}`, or matchers in a list. */
const someMatchers = z.union(
  [
    list(matcher, "['service=~\"pay.*\"']"),
    z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .transform((labels) => Object.entries(labels).map(([label, value]) => exactly(label, value))),
  ],
  { error: "write labels, as {owner: payments}, or a list of matchers, as ['service=~\"pay.*\"']" },
);

const match = someMatchers.default([]);

/** The same, where no matcher at all would be a slip. */
export const alertMatchers = someMatchers.refine((all) => all.length > 0, {
  error: `write at least one matcher; ['alert=~".*"'] is every alert`,
});

function exactly(label: string, value: string | readonly string[]): LabelMatcher {
  if (typeof value === "string") return { label, operator: "=", value };
  const literal = value.map((one) => one.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return { label, operator: "=~", value: literal.join("|") };
}

const digest = section({
  /** Hours of the day. */
  at: list(z.int().min(0).max(23), "[9, 15]").min(1, "write at least one hour: [9]"),
  timeZone: timeZone.default("UTC"),
});

export const labelName = text("a label");

/** How often to tell again while it fires. */
export const repeatInterval = duration
  .refine((ms) => ms >= 60_000, "less than a minute; write for instance 4h")
  .optional();

const telling = {
  repeatInterval,
  groupInterval: duration.optional(),
  digest: digest.optional(),
};

const GROUP_INTERVAL_MS = 30_000;

const route = section(
  {
    name: text("the route's name").optional(),
    match,
    receivers: list(text("a receiver's name"), "[payments-chat]").min(1, "name at least one receiver"),
    continue: flag.default(false),
    activeTimes: list(text("the name of a time interval"), "[office-hours]").default([]),
    groupBy: list(labelName, "[service]").optional(),
    ...telling,
  },
  {
    receiver: "receivers",
    matchers: "match",
    group_by: "groupBy",
    repeat_interval: "repeatInterval",
    group_interval: "groupInterval",
  },
);

/** `routes` of noroshi.yaml. */
export const routesSection = z.array(route, { error: "write a list of routes: - match: …" }).default([]);

/** What routes name has to be there. */
export function checkRoutes(
  file: {
    readonly routes: z.output<typeof routesSection>;
    readonly timeIntervals: Readonly<Record<string, unknown>>;
  },
  receivers: readonly string[],
  problems: string[],
): void {
  const intervals = Object.keys(file.timeIntervals);
  for (const [i, one] of file.routes.entries()) {
    const where = `routes ${one.name === undefined ? i + 1 : `"${one.name}"`}`;
    for (const name of one.receivers) {
      if (receivers.includes(name)) continue;
      problems.push(`${where}: no receiver is called "${name}": ${suggestName(name, receivers)}`);
    }
    for (const name of one.activeTimes) {
      if (intervals.includes(name)) continue;
      problems.push(`${where}: timeIntervals has no "${name}": ${suggestName(name, intervals)}`);
    }
  }
}

/** As the rest of the service sees them. `telling`: what holds where a route does not say it. */
export function toRoutes(
  fields: z.output<typeof routesSection>,
  telling: { readonly repeatInterval?: number | undefined },
): readonly Route[] {
  return fields.map((one, i) => ({
    name: one.name ?? `${i + 1}`,
    matchers: one.match,
    receivers: one.receivers,
    continues: one.continue,
    activeTimes: one.activeTimes,
    groupBy: one.groupBy,
    policy: toPolicy({ ...one, repeatInterval: one.repeatInterval ?? telling.repeatInterval }),
  }));
}

/** What is left out: told once, groups at most every half minute, as it comes. */
export function toPolicy(
  fields: Pick<z.output<typeof route>, "repeatInterval" | "groupInterval" | "digest">,
): TellingPolicy {
  return {
    repeatIntervalMs: fields.repeatInterval ?? null,
    groupIntervalMs: fields.groupInterval ?? GROUP_INTERVAL_MS,
    digest:
      fields.digest === undefined ? null : { hours: fields.digest.at, timeZone: fields.digest.timeZone },
  };
}
