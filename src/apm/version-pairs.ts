import { shareInterval, type ShareInterval } from "./compare-versions.ts";
import type { CalledPair, ReadRange, ServicePorts } from "./service-ports.ts";

export interface VersionPairView {
  caller: string;
  callerVersion: string;
  callee: string;
  calleeVersion: string;
  calls: number;
  failed: number;
  /** 0..1 */
  failedShare: number;
  failedInterval: ShareInterval | null;
}

export interface VersionPairsView {
  /** Those that fail for certain most first: by the lower end of the interval. */
  pairs: VersionPairView[];
  /** One trace of so many was looked at. */
  sampledOneIn: number;
}

export interface PairsQuestion extends ReadRange {
  readonly service: string;
  readonly role: "caller" | "callee";
}

const MOST_SPANS = 100_000;
const MOST_PAIRS = 500;

/** Which version of the caller fails with which version of the callee. */
export async function showVersionPairs(
  ports: Pick<ServicePorts, "readVersionPairs">,
  question: PairsQuestion,
): Promise<VersionPairsView> {
  const found = await ports.readVersionPairs({ ...question, maxSpans: MOST_SPANS, limit: MOST_PAIRS });
  const pairs = found.pairs.map(pairView);
  pairs.sort(
    (a, b) =>
      (b.failedInterval?.low ?? 0) - (a.failedInterval?.low ?? 0) ||
      b.calls - a.calls ||
      (nameOf(a) < nameOf(b) ? -1 : 1),
  );
  return { pairs, sampledOneIn: found.sampledOneIn };
}

function pairView(pair: CalledPair): VersionPairView {
  const { caller, callerVersion, callee, calleeVersion, calls, failed } = pair;
  return {
    caller,
    callerVersion,
    callee,
    calleeVersion,
    calls,
    failed,
    failedShare: failed / calls,
    failedInterval: shareInterval(failed, calls),
  };
}

const nameOf = ({ caller, callerVersion, callee, calleeVersion }: VersionPairView): string =>
  JSON.stringify([caller, callerVersion, callee, calleeVersion]);
