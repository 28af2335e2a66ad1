import type { ChosenTarget } from "./choose-target.ts";

/** An SLO that fits what a service sends. */
export interface Proposal {
  /** Of the SLO. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** Annotations of a preset; none where no preset fits, then there are queries. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly ratio?: { readonly bad: string; readonly total: string };
  readonly objectiveName: string;
  readonly chosen: ChosenTarget;
  /** What is promised beside the target, e.g. `within 300ms`; "" for nothing. */
  readonly promise: string;
  /** Events that it was measured on, and the bad ones among them. */
  readonly events: number;
  readonly bad: number;
  /** What events are, in the plural: `requests`. */
  readonly noun: string;
  /** Why it is as it is, a sentence each. */
  readonly reasons: readonly string[];
}

/** What was found, and why nothing comes of it. */
export interface PassedOver {
  readonly what: string;
  readonly why: string;
}

export interface Proposals {
  readonly proposals: readonly Proposal[];
  readonly passedOver: readonly PassedOver[];
}

/** Tells what is proposed from what is not. */
export function separate(all: readonly (Proposal | PassedOver)[]): Proposals {
  return {
    proposals: all.flatMap((item) => ("why" in item ? [] : [item])),
    passedOver: all.flatMap((item) => ("why" in item ? [item] : [])),
  };
}
