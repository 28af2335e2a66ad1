import { labelsKey, labelValue } from "../model/labels.ts";
import type { Labels } from "../model/labels.ts";
import { MINUTE_MS } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import { readMissingWindows } from "./missing-windows.ts";
import type { RecordedRow } from "./record-ports.ts";
import { createSloEventCounters } from "./slo-event-counters.ts";
import type { SloEventPorts } from "./slo-event-counters.ts";
import { sloSamples } from "./slo-samples.ts";
import type { SloSample, WindowCounts } from "./slo-samples.ts";

/** What the evaluator found last. */
export interface LatestVerdicts {
  readonly at: number;
  readonly verdicts: ReadonlyMap<string, SloVerdict>;
}

export interface SloRowsOptions {
  /** undefined before the first evaluation. */
  readonly latest: () => LatestVerdicts | undefined;
  readonly events: SloEventPorts;
  readonly log: Log;
}

/** The series of all SLOs. */
export interface SloRows {
  /** What there is to store at `atMs`; series that are not there any more end. */
  at(atMs: number): Promise<readonly RecordedRow[]>;
}

/** Verdicts older than this say nothing about the present. */
const MAX_AGE_MS = 5 * MINUTE_MS;

export function createSloRows({ latest, events, log }: SloRowsOptions): SloRows {
  const counters = createSloEventCounters(events);
  let recorded = new Map<string, Labels>();
  let told: readonly SloSample[] = [];

  const eventSamples = async (
    verdicts: readonly SloVerdict[],
    atMs: number,
  ): Promise<readonly SloSample[]> => {
    const slos = verdicts.map(({ slo }) => slo);
    try {
      told = await counters.samples(slos, atMs);
    } catch (error) {
      // They stay where they were; when counts can be read again, the events of now are among them.
      log.warn("the events of SLOs could not be read; they are tried again in a minute", { error });
      const names = new Set(slos.map(({ name }) => name));
      told = told.filter(({ labels }) => names.has(labelValue(labels, "slo")));
    }
    return told;
  };
  const windowCounts = async (verdicts: readonly SloVerdict[]): Promise<WindowCounts> => {
    try {
      return await readMissingWindows(verdicts, events.readCounts);
    } catch (error) {
      log.warn("some windows of SLOs could not be read; they are left out until they can be", { error });
      return () => undefined;
    }
  };
  return {
    at: async (atMs) => {
      const found = latest();
      if (found === undefined) return [];
      const verdicts = atMs - found.at > MAX_AGE_MS ? [] : [...found.verdicts.values()];
      const counted = await eventSamples(verdicts, atMs);
      const windows = await windowCounts(verdicts);
      const samples: SloSample[] = [...sloSamples(verdicts, windows), ...counted];
      const present = new Map(samples.map(({ labels }) => [labelsKey(labels), labels]));
      const ended = [...recorded].filter(([key]) => !present.has(key)).map(([, labels]) => labels);
      recorded = present;
      return [
        ...samples.map(({ labels, value }) => ({ labels, value, startMs: 0 })),
        ...ended.map((labels) => ({ labels, value: undefined, startMs: 0 })),
      ];
    },
  };
}
