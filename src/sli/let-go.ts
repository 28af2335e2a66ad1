import type { CountedIndicator } from "./counted-indicator.ts";
import type { CountingPorts } from "./counting-options.ts";
import type { Log } from "../self/log.ts";

type Entry = Pick<CountedIndicator, "phase"> & { readonly indicator: { readonly id: string } };

/**
 * Stops counting these; the control store knows the last group they counted before there can be a later one. `changed`
 * is called with those that are gone, even when the control store fails at one of them.
 */
export async function letGo<E extends Entry>(
  { ports, log }: { readonly ports: Pick<CountingPorts, "atBoundary" | "states">; readonly log: Log },
  entries: Map<string, E>,
  leaving: readonly E[],
  changed: (gone: readonly E[]) => void,
): Promise<void> {
  if (leaving.length === 0) return;
  await ports.atBoundary(async (lastGroupId) => {
    const gone: E[] = [];
    try {
      for (const entry of leaving) {
        const { id } = entry.indicator;
        if (entry.phase === "live") await ports.states.setRetired(id, { countedUpToGroup: lastGroupId });
        entry.phase = "gone";
        entries.delete(id);
        gone.push(entry);
        log.info("an indicator is no longer counted", { indicator: id });
      }
    } finally {
      changed(gone);
    }
  });
}
