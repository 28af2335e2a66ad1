import { formatPercent } from "../slo/format-percent.ts";
import type { Blame, BlameReason } from "../trace/blame-trace.ts";
import type { EventSpan } from "./blame-ports.ts";

export interface BlamedEvent extends EventSpan {
  readonly blame: Pick<Blame, "name" | "isService" | "reason">;
}

/** What one service, or peer, is to blame for. */
export interface BlameSum {
  readonly name: string;
  /** False: it sends no spans of its own; the name is what its callers say. */
  readonly isService: boolean;
  /** The bad events are its own. */
  readonly isSelf: boolean;
  readonly events: number;
  /** Of the events that were judged, 0..1. */
  readonly share: number;
  /** Most events first. */
  readonly reasons: readonly { readonly reason: BlameReason; readonly events: number }[];
  /** The latest first, three at most. */
  readonly traceIds: readonly string[];
  readonly words: string;
}

const MOST_TRACES = 3;

const WORDS: Readonly<Record<BlameReason, string>> = {
  "own-error": "failed by itself",
  "no-answer": "failed without spans of its own",
  "open-breaker": "was not called: the breaker was open",
  "slow-callee": "took longer than its caller waited",
  "own-cancellation": "gave up by itself",
  "own-time": "took longer than usual",
};

/** Sums by name; every event counts once, for whoever is to blame for it. Most events first, ties by name. */
export function sumOfBlame(events: readonly BlamedEvent[]): readonly BlameSum[] {
  const byName = new Map<string, BlamedEvent[]>();
  for (const event of events) {
    const { name } = event.blame;
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [event]);
    else known.push(event);
  }
  return [...byName.values()]
    .map((group) => sumOf(group, events.length))
    .sort((a, b) => b.events - a.events || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function sumOf(group: readonly BlamedEvent[], all: number): BlameSum {
  const { name } = group[0]!.blame;
  // What callers call by the name of a service is that service, whose spans were lost or never begun.
  const isService = group.some(({ blame }) => blame.isService);
  const counts = new Map<BlameReason, number>();
  for (const { blame } of group) counts.set(blame.reason, (counts.get(blame.reason) ?? 0) + 1);
  const reasons = [...counts]
    .map(([reason, events]) => ({ reason, events }))
    .sort((a, b) => b.events - a.events || (a.reason < b.reason ? -1 : 1));
  const latest = [...group].sort((a, b) => b.endMs - a.endMs || (a.traceId < b.traceId ? -1 : 1));
  const share = group.length / all;
  return {
    name,
    isService,
    isSelf: isService && group.every(({ service }) => service === name),
    events: group.length,
    share,
    reasons,
    traceIds: [...new Set(latest.map(({ traceId }) => traceId))].slice(0, MOST_TRACES),
    words: wordsOf(name, share, reasons),
  };
}

/** `62 % of bad events are ledger's: it failed by itself` */
function wordsOf(name: string, share: number, reasons: BlameSum["reasons"]): string {
  const [first] = reasons;
  const why =
    reasons.length === 1 && first !== undefined
      ? `it ${WORDS[first.reason]}`
      : `it ${reasons.map(({ reason, events }) => `${WORDS[reason]} (${events})`).join(", ")}`;
  const who = name === "" ? "a nameless service's" : `${name}'s`;
  return share === 1
    ? `all bad events are ${who}: ${why}`
    : `${formatPercent(share)} of bad events are ${who}: ${why}`;
}
