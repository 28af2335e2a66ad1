import type { SelfProblem } from "../alert/self-problem.ts";
import { MINUTE_MS } from "../model/time.ts";
import type { SelfCheck } from "./self-alerts.ts";

/**
 * Statements on the telemetry store that counting and evaluation need keep failing. `failures` counts them since the
 * start; `nowMs` is any steady clock.
 */
export function storeCheck(failures: () => Promise<number>, nowMs: () => number): SelfCheck {
  let known: number | undefined;
  let failedAtMs: number | undefined;
  return {
    name: "store",
    problems: async () => {
      const count = await failures();
      if (known !== undefined && count > known) failedAtMs = nowMs();
      known = count;
      if (failedAtMs === undefined || nowMs() - failedAtMs > MINUTE_MS) return [];
      return [
        {
          key: "store",
          severity: "critical",
          summary: "statements on the telemetry store keep failing",
          detail:
            "Data is refused (senders keep it and try again) or evaluation is late. Noroshi's log has the reason; look at the " +
            "store: whether it runs, its disk, its memory.",
          path: "/metrics",
        },
      ];
    },
  };
}

/** Room on a file system, in bytes. */
export interface DiskRoom {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

const GIB = 1_073_741_824;
/** A large disk is not nearly full because a tenth is left, nor a small one because it is small. */
const FILLING = { ratio: 0.1, bytes: 10 * GIB };
const FULL = { ratio: 0.03, bytes: 2 * GIB };

/** The disk of the data directory runs full: without room nothing that arrives can be stored. */
export function diskCheck(dataDir: string, readRoom: () => Promise<DiskRoom>): SelfCheck {
  return {
    name: "disk",
    problems: async () => {
      const room = await readRoom();
      const isBelow = (limit: typeof FULL): boolean =>
        room.freeBytes < limit.bytes && room.freeBytes < limit.ratio * room.totalBytes;
      if (isBelow(FULL)) return [diskProblem("disk/full", "critical", dataDir, room)];
      return isBelow(FILLING) ? [diskProblem("disk/filling", "warning", dataDir, room)] : [];
    },
  };
}

function diskProblem(
  key: string,
  severity: SelfProblem["severity"],
  dataDir: string,
  { freeBytes, totalBytes }: DiskRoom,
): SelfProblem {
  const left = `${(freeBytes / GIB).toFixed(1)} of ${(totalBytes / GIB).toFixed(1)} GiB`;
  return {
    key,
    severity,
    summary: `the disk of the data directory is ${severity === "critical" ? "all but" : "nearly"} full: ${left} are left`,
    detail: `Make room beside ${dataDir}, or keep data for less long: retention in noroshi.yaml. Without room nothing is stored.`,
    path: "/metrics",
  };
}
