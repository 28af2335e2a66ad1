import { HOUR_MS, timestampMs } from "../model/time.ts";
import type { Silence } from "./silence.ts";

const START = timestampMs(1_750_000_000_000);

/** An hour's silence of a payment service, with what a test wants otherwise. */
export function sampleSilence(changes: Partial<Silence> = {}): Silence {
  return {
    id: "s1",
    matchers: [{ label: "service", operator: "=", value: "payment" }],
    startsAt: START,
    endsAt: timestampMs(START + HOUR_MS),
    comment: "they know",
    author: "ana",
    createdBy: "key:ops",
    createdAt: START,
    endedBy: null,
    remindedAt: null,
    ...changes,
  };
}
