import type { Log } from "../self/log.ts";
import type { Correction } from "../slo/correction.ts";
import { createExclusionOf, type ExclusionOf } from "../slo/exclusion.ts";
import { listCorrections, type CorrectionRecord } from "../store/postgres/correction-store.ts";
import type { Database } from "../store/postgres/database.ts";

/** The corrections in force, of files and of the API. */
export interface Corrections {
  /** Those of files first. */
  current(): readonly Correction[];
  /** What they exclude of an SLO. */
  readonly exclusionOf: ExclusionOf;
  /** Takes those of the spec files. */
  readonly setCorrections: (corrections: readonly Correction[]) => void;
  /** Reads those made by API now. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** How often a process looks what others have changed. */
const POLL_MS = 2_000;

/** Reads the corrections made by API, and again every two seconds: another process may change them. */
export async function wireCorrections(parts: {
  readonly db: Database;
  readonly log: Log;
  readonly onChange: () => void;
}): Promise<Corrections> {
  let fromFiles: readonly Correction[] = [];
  let made: readonly Correction[] = [];
  let current: readonly Correction[] = [];
  let known = "";
  let exclusionOf: ExclusionOf = () => undefined;

  const take = (): void => {
    const next = [...fromFiles, ...made];
    const print = JSON.stringify(next);
    // Counts are kept by what is excluded; what stays the same is not read again.
    if (print === known) return;
    known = print;
    current = next;
    exclusionOf = createExclusionOf(next);
    parts.onChange();
  };
  const reload = async (): Promise<void> => {
    made = (await listCorrections(parts.db)).map(correctionOf);
    take();
  };
  await reload();
  const timer = setInterval(() => {
    reload().catch((error: unknown) => {
      // That the store is away is said by those who work with it.
      parts.log.debug("corrections could not be read; it is tried again", { error });
    });
  }, POLL_MS);
  timer.unref();
  return {
    current: () => current,
    exclusionOf: (slo) => exclusionOf(slo),
    setCorrections: (corrections) => {
      fromFiles = corrections;
      take();
    },
    reload,
    stop: async () => clearInterval(timer),
  };
}

/** The correction that was stored. */
export function correctionOf({ id, definition, createdAt }: CorrectionRecord): Correction {
  return { id, ...definition, origin: { kind: "api", createdAtMs: createdAt.getTime() } };
}
