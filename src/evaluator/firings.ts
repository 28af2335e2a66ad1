import type { FlapRule, FlapWatch } from "../alert/flapping.ts";
import type { TimestampMs } from "../model/time.ts";
import { alertId, type Change } from "./evaluate-all.ts";

/** That an alert fired. */
export interface Firing {
  readonly sloName: string;
  readonly alertKey: string;
  readonly firedAt: number;
}

type Load = (sinceMs: number) => Promise<readonly Firing[]>;

/** Remembers when alerts fired lately, so that those that flap are known. */
export interface Firings {
  /** Reads them where `isStale` or nothing is known; forgets old ones otherwise. */
  refresh(at: TimestampMs, isStale: boolean): Promise<void>;
  /** Of one alert, by `alertId`. */
  watch(id: string): FlapWatch | undefined;
  /** A change that was stored. */
  note(change: Change): void;
}

/** Without a rule, or without a way to read them, nothing flaps. */
export function createFirings(rule: FlapRule | undefined, load: Load | undefined): Firings {
  if (rule === undefined || load === undefined)
    return { refresh: async () => {}, watch: () => undefined, note: () => {} };
  let known: Map<string, readonly number[]> | undefined;
  const add = ({ sloName, alertKey, firedAt }: Firing): void => {
    const id = alertId(sloName, alertKey);
    known?.set(id, [...(known.get(id) ?? []), firedAt]);
  };
  return {
    refresh: async (at, isStale) => {
      if (known === undefined || isStale) {
        const firings = await load(at - rule.withinMs);
        known = new Map();
        firings.forEach(add);
      }
      for (const [id, firedAt] of known) {
        if (firedAt.every((firedMs) => firedMs <= at - rule.withinMs)) known.delete(id);
      }
    },
    watch: (id) => ({ rule, firedAt: known?.get(id) ?? [] }),
    note: (change) => {
      const { episode } = change;
      const isFired = change.kind === "changed" && change.actions.includes("trigger");
      if (isFired && episode.firedAt !== null) add({ ...episode, firedAt: episode.firedAt });
    },
  };
}
