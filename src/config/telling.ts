import { z } from "zod";
import type { FlapRule } from "../alert/flapping.ts";
import { PAGE_MUTES_TICKET, type InhibitRule } from "../alert/inhibition.ts";
import { deliveryFields } from "./delivery.ts";
import { count, duration, durationOrOff, flag, section } from "./fields.ts";
import { alertMatchers, labelName, repeatInterval } from "./routes.ts";

const flapping = section({
  /** How often an alert must have fired, this time included … */
  episodes: count.refine((value) => value >= 2, "at least 2: once is not again and again").default(3),
  /** … within so long. */
  within: duration.prefault("1h"),
  /** How long it must then be calm before it is over. */
  hold: duration.prefault("30m"),
}).transform(({ episodes, within, hold }): FlapRule => ({ episodes, withinMs: within, holdMs: hold }));

const flappingOrOff = z
  .preprocess((given) => (given === "off" ? undefined : given), flapping.optional())
  .prefault({});

/** `telling` of noroshi.yaml: what holds for every alert, where no route says it. */
export const tellingSection = section({
  repeatInterval,
  /** While an SLO has a critical alert its warnings are not told. */
  pageMutesTicket: flag.default(true),
  flapping: flappingOrOff,
  /** How long before a silence ends people are told, where it mutes an alert that fires. */
  silenceReminder: durationOrOff.prefault("15m"),
  /** When an incident that was resolved by hand is opened again, if the alert still fires. */
  rePageAfter: durationOrOff.prefault("15m"),
  ...deliveryFields,
});

/** `inhibit` of noroshi.yaml: alerts that mute others while they fire. */
export const inhibitSection = z
  .array(
    section(
      {
        source: alertMatchers,
        target: alertMatchers,
        equal: z.array(labelName, {
          error: "write the labels that must be equal, as [service]; [] means that none must be",
        }),
      },
      {
        source_matchers: "source",
        target_matchers: "target",
        source_match: "source",
        target_match: "target",
      },
    ),
    {
      error: "write a list: - {source: {severity: critical}, target: {severity: warning}, equal: [service]}",
    },
  )
  .default([]);

/** Every rule by which alerts mute others. */
export function toInhibitRules(file: {
  readonly telling: z.output<typeof tellingSection>;
  readonly inhibit: z.output<typeof inhibitSection>;
}): readonly InhibitRule[] {
  return [...(file.telling.pageMutesTicket ? [PAGE_MUTES_TICKET] : []), ...file.inhibit];
}
