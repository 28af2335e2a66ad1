import type { Severity } from "../slo/slo.ts";
import type { Diagnostic } from "../spec/diagnostic.ts";

/**
 * What becomes of an SLO. kept: the files no longer have it, and it runs on, because nobody asked for it to be
 * removed.
 */
export type SloChange = "added" | "changed" | "removed" | "kept" | "unchanged";

/** A field of an SLO that differs; texts for people, "" where there is nothing. */
export interface FieldChange {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** The error budget of an SLO as it is, or as it would be, now. */
export interface BudgetNow {
  /** good / total, 0..1; undefined without events. */
  readonly sli: number | undefined;
  /** 1 untouched, 0 spent, negative overspent; undefined without events. */
  readonly remainingRatio: number | undefined;
  /** Events (or slices) that may still be bad. */
  readonly remainingEvents: number | undefined;
  readonly goodEvents: number;
  readonly badEvents: number;
  readonly totalEvents: number;
  /** Of the window, so far. */
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** Later than the start of the window where history does not reach back so far; undefined: there is none. */
  readonly knownFromMs: number | undefined;
}

/** An alert that fired, or would have. */
export interface FiredAlert {
  readonly alertKey: string;
  readonly severity: Severity;
  /** The worst tier that fired. */
  readonly tier: string;
  readonly firedMs: number;
  /** null while it lasts. */
  readonly resolvedMs: number | null;
}

/** An episode that is open now. */
export interface OpenAlert {
  readonly episodeId: string;
  readonly alertKey: string;
  readonly severity: Severity;
  readonly startedMs: number;
}

export interface EndingAlert extends OpenAlert {
  /** Its SLO goes, its alert goes or changes its severity, or it would not fire as the SLO is judged then. */
  readonly reason: "slo_removed" | "alert_removed" | "not_breaching";
}

/** What the change of an SLO does. */
export interface ChangeEffect {
  readonly before: BudgetNow | undefined;
  readonly after: BudgetNow | undefined;
  /** What was replayed; null where no history reaches into it. Later than asked where history begins later. */
  readonly replayed: { readonly startMs: number; readonly endMs: number } | null;
  readonly askedFromMs: number;
  /** Would have fired and did not; fired (or would have, as it is now) and would not have. */
  readonly gained: readonly FiredAlert[];
  readonly lost: readonly FiredAlert[];
  /** Alerts before that would have fired all the same. */
  readonly same: number;
  /** Open now, and closed by the change. */
  readonly ends: readonly EndingAlert[];
  /** What keeps these numbers from being the whole truth, a sentence each. */
  readonly limits: readonly string[];
}

export interface SloDiff {
  readonly name: string;
  readonly service: string;
  readonly change: SloChange;
  /** Where it is written, in the files that were sent where it is there. */
  readonly file: string;
  readonly line: number;
  readonly fields: readonly FieldChange[];
  /** undefined where nothing is computed: unchanged, or changed in what people read alone. */
  readonly effect: ChangeEffect | undefined;
}

/** A name that another source has. */
export interface OwnedElsewhere {
  readonly slo: string;
  /** Where it is in the files that were sent. */
  readonly file: string;
  /** The source that has it, and its file. */
  readonly owner: string;
  readonly ownerFile: string;
}

/** A correction in the files that differs from what they held. */
export interface CorrectionChange {
  readonly name: string;
  readonly change: "added" | "changed" | "removed";
}

/** What applying these files would change. */
export interface DiffReport {
  readonly source: string;
  /** By name. */
  readonly slos: readonly SloDiff[];
  readonly corrections: readonly CorrectionChange[];
  /** Of the files; and of others, where these files would break them. */
  readonly diagnostics: readonly Diagnostic[];
  readonly conflicts: readonly OwnedElsewhere[];
  /** The end of what was replayed. */
  readonly atMs: number;
}
