/** Targets that people choose, the highest first. */
const LADDER = [0.9999, 0.9995, 0.999, 0.995, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5] as const;
/** The part of a budget that may have been spent: a target that was only just kept is the next one to be missed. */
const ROOM = 0.5;
/** Bad events that a budget must hold before few requests say anything about so high a target. */
const LEAST_BUDGET = 5;
/** No lower for want of traffic alone. */
const LEAST_FOR_LITTLE_TRAFFIC = 0.99;
/** Fewer events say nothing. */
export const LEAST_EVENTS = 20;

export interface ChosenTarget {
  /** 0..1. */
  readonly target: number;
  /** The part of its budget that would have been spent, 0 to 0.5. */
  readonly spent: number;
  /** Why it is not the next higher one; undefined where there is none. */
  readonly higher:
    | { readonly target: number; readonly why: "spent"; readonly spent: number }
    | { readonly target: number; readonly why: "little traffic" | "habit" }
    | undefined;
}

/**
 * The highest usual target, at most `most`, that would have been met with half of its budget left. Undefined where there
 * are too few events, or too many of them were bad.
 */
export function chooseTarget(events: number, bad: number, most = 1): ChosenTarget | undefined {
  if (!(events >= LEAST_EVENTS)) return undefined;
  let higher: ChosenTarget["higher"];
  for (const target of LADDER) {
    const budget = events * (1 - target);
    const spent = bad / budget;
    if (target > most) {
      higher = { target, why: "habit" };
    } else if (target > LEAST_FOR_LITTLE_TRAFFIC && budget < LEAST_BUDGET) {
      higher = { target, why: "little traffic" };
    } else if (spent > ROOM) {
      higher = { target, why: "spent", spent };
    } else {
      return { target, spent, higher };
    }
  }
  return undefined;
}
