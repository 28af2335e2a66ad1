import { criticalTimes, selfTimeNs } from "./critical-path.ts";
import type { TraceTree } from "./trace-tree.ts";

/** What one kind of span, a service's operation, took in each of two traces. */
export interface OperationDifference {
  readonly service: string;
  readonly name: string;
  readonly a: OperationTimes;
  readonly b: OperationTimes;
  /** On the critical path, b - a. */
  readonly criticalDeltaNs: number;
}

export interface OperationTimes {
  readonly spans: number;
  readonly errors: number;
  readonly selfNs: number;
  readonly criticalNs: number;
}

const NOTHING: OperationTimes = { spans: 0, errors: 0, selfNs: 0, criticalNs: 0 };
const ERROR = 2;

/** Two traces of one operation, side by side: what makes the second one longer comes first. */
export function compareTraces(a: TraceTree, b: TraceTree): readonly OperationDifference[] {
  const timesOfA = operationTimes(a);
  const timesOfB = operationTimes(b);
  return [...new Set([...timesOfA.keys(), ...timesOfB.keys()])]
    .map((key): OperationDifference => {
      const [service = "", name = ""] = key.split("\n");
      const [inA, inB] = [timesOfA.get(key) ?? NOTHING, timesOfB.get(key) ?? NOTHING];
      return { service, name, a: inA, b: inB, criticalDeltaNs: inB.criticalNs - inA.criticalNs };
    })
    .sort(
      (x, y) =>
        Math.abs(y.criticalDeltaNs) - Math.abs(x.criticalDeltaNs) ||
        (`${x.service}\n${x.name}` < `${y.service}\n${y.name}` ? -1 : 1),
    );
}

function operationTimes({ nodes, roots }: TraceTree): ReadonlyMap<string, OperationTimes> {
  const critical = new Map(roots.flatMap((root) => [...criticalTimes(root)]));
  const times = new Map<string, OperationTimes>();
  for (const node of nodes) {
    const { span } = node;
    const key = `${span.resource.serviceName}\n${span.name}`;
    const known = times.get(key) ?? NOTHING;
    times.set(key, {
      spans: known.spans + 1,
      errors: known.errors + (span.status === ERROR ? 1 : 0),
      selfNs: known.selfNs + selfTimeNs(node),
      criticalNs: known.criticalNs + (critical.get(span.spanId) ?? 0),
    });
  }
  return times;
}
