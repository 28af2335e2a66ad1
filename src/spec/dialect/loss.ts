import { location, report, type Place } from "../place.ts";
import type { SourceLocation } from "../../slo/slo.ts";

/** A field of another dialect that neither our model nor OpenSLO can carry. */
export interface Loss extends SourceLocation {
  /** e.g. `slos[0].alerting.name`. */
  readonly path: string;
  /** Why it is left out, or what is there instead. */
  readonly reason: string;
}

/** Collects what is lost while a document is read. */
export interface LossList {
  /** Of one SLO, or of everything in the document. */
  add(place: Place, reason: string): void;
  /** Also warns: what the field asks for, people would miss. */
  warn(place: Place, what: string, hint: string): void;
  readonly losses: readonly Loss[];
}

export function createLossList(): LossList {
  const losses: Loss[] = [];
  const add = (place: Place, reason: string): void => {
    losses.push({ ...location(place), path: place.path, reason });
  };
  return {
    add,
    warn(place, what, hint) {
      report(place, "warning", what, hint);
      add(place, what);
    },
    losses,
  };
}
