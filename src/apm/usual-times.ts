import { criticalTimes } from "../trace/critical-path.ts";
import type { TraceNode } from "../trace/trace-tree.ts";

/** What a span of an operation, a service and a name, usually takes on the critical path; 0 where none was seen. */
export type UsualTime = (node: TraceNode) => number;

/** The median of what each operation's spans took on the critical paths of good events. */
export function usualTimes(goodEvents: readonly TraceNode[]): UsualTime {
  const seen = new Map<string, number[]>();
  for (const event of goodEvents) {
    const times = criticalTimes(event);
    const stack: TraceNode[] = [event];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      const key = operationOf(node);
      const timeNs = times.get(node.span.spanId) ?? 0;
      const known = seen.get(key);
      if (known === undefined) seen.set(key, [timeNs]);
      else known.push(timeNs);
      stack.push(...node.children);
    }
  }
  const medians = new Map([...seen].map(([key, times]) => [key, median(times)]));
  return (node) => medians.get(operationOf(node)) ?? 0;
}

const operationOf = ({ span }: TraceNode): string => JSON.stringify([span.resource.serviceName, span.name]);

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
