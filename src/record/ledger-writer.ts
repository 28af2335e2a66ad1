import { ledgerEntry } from "../ledger/ledger-entry.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { Slo } from "../slo/slo.ts";
import { createMinuteLoop } from "./minute-loop.ts";
import type { LatestVerdicts } from "./slo-rows.ts";

export interface LedgerWriterOptions {
  /** undefined before the first evaluation. */
  readonly latest: () => LatestVerdicts | undefined;
  /** Since when the counts of an SLO are complete. */
  readonly coveredFromMs: (slo: Slo) => number | undefined;
  /** Stores lines; with a token that it has seen, none. Rejects when the store is away. */
  readonly append: (entries: readonly LedgerEntry[], token: string) => Promise<void>;
  /** Distinct for each process. */
  readonly writer: string;
  readonly now: Now;
  readonly log: Log;
  /** A minute unless given. */
  readonly intervalMs?: number;
  /** Lines that may wait for the store; the oldest go first. */
  readonly maxWaiting?: number;
}

/** Writes what is known of every SLO into the ledger, each minute. */
export interface LedgerWriter {
  start(): void;
  stop(): Promise<void>;
}

interface Lines {
  readonly token: string;
  readonly entries: readonly LedgerEntry[];
}

/** An hour of a thousand SLOs. */
const MAX_WAITING = 60_000;

/**
 * A verdict is written once: while SLOs cannot be evaluated nothing new is known, and the ledger says so by its silence.
 * What the store does not take is written with the next minute's lines.
 */
export function createLedgerWriter(options: LedgerWriterOptions): LedgerWriter {
  const { latest, coveredFromMs, append, now, log, maxWaiting = MAX_WAITING } = options;
  let waiting: Lines[] = [];
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let dropped = 0;

  const collect = (): void => {
    const found = latest();
    if (found === undefined || found.at === lastAtMs) return;
    lastAtMs = found.at;
    const entries = [...found.verdicts.values()].map((verdict) =>
      ledgerEntry(verdict, coveredFromMs(verdict.slo)),
    );
    waiting.push({ token: `${options.writer}-${found.at}`, entries });
    let lines = waiting.reduce((sum, { entries }) => sum + entries.length, 0);
    while (lines > maxWaiting && waiting.length > 1) {
      const { length } = waiting.shift()!.entries;
      lines -= length;
      dropped += length;
    }
  };
  const work = async (): Promise<void> => {
    try {
      collect();
      for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
        await append(first.entries, first.token);
        waiting = waiting.slice(1);
      }
      if (failures > 0) log.info("the ledger is written again", { failures, dropped });
      failures = 0;
      dropped = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1 || failures % 30 === 0) {
        log.warn("the ledger could not be written; its lines wait for the next minute", { failures, error });
      }
    }
  };
  const loop = createMinuteLoop({ now, intervalMs: options.intervalMs, work });
  return { start: () => loop.start(), stop: () => loop.stop() };
}
