import type { Lane } from "./lane.ts";
import type { LedgerEntry } from "./ledger.ts";

/** Seconds since the last action, both inclusive. */
export interface Between {
  readonly from: number;
  readonly to: number;
}

export type Step =
  | { readonly kind: "action"; readonly says: string; readonly run: () => unknown }
  | { readonly kind: "want"; readonly what: string; readonly when: Between; readonly containing: string }
  | { readonly kind: "may"; readonly what: string }
  | { readonly kind: "quiet"; readonly seconds: number };

/** Guards against never: a busy machine may take its time. */
export const SOON = 30;
/** The same, for what has to wait for buckets of counts and for tiers to calm down. */
export const LATER = 60;

export const between = (from: number, to: number): Between => ({ from, to });

/** Does it once everything before has come; the clock of the wants after it begins anew. */
export const action = (says: string, run: () => unknown): Step => ({ kind: "action", says, run });

/** This arrives, once, within this time of the last action. */
export const want = (when: Between, what: string, containing = ""): Step => ({
  kind: "want",
  what,
  when,
  containing,
});

/** From here on this may arrive any number of times. */
export const may = (what: string): Step => ({ kind: "may", what });

/** For so long nothing arrives. */
export const quiet = (seconds: number): Step => ({ kind: "quiet", seconds });

/** Plays the steps in order. Rejects, with all that happened, when something is missing, early, late, or was not wanted. */
export async function play(lane: Lane, steps: readonly Step[]): Promise<void> {
  const expected = new Set<string>();
  const allowed = new Set<string>();
  const done: { readonly atMs: number; readonly says: string }[] = [];
  let anchorMs = Date.now();
  const news = (): readonly LedgerEntry[] =>
    lane.ledger().filter(({ id, what }) => !expected.has(id) && !allowed.has(what));
  const fail = (problem: string): never => {
    throw new Error(`${lane.name}: ${problem}\n${transcript(lane, done)}`);
  };
  const refuseNews = (): void => {
    const unwanted = news();
    if (unwanted.length > 0) fail(`not expected: ${unwanted.map(({ what }) => what).join(", ")}`);
  };
  for (const step of steps) {
    switch (step.kind) {
      case "action":
        refuseNews();
        anchorMs = Date.now();
        done.push({ atMs: anchorMs, says: step.says });
        await step.run();
        break;
      case "want": {
        const { what, when, containing } = step;
        const found = await waitFor(when.to * 1_000, anchorMs, () =>
          lane
            .ledger()
            .find(
              (entry) => !expected.has(entry.id) && entry.what === what && entry.text.includes(containing),
            ),
        );
        if (found === undefined)
          return fail(`no "${what}"${containing && ` with ${containing}`} within ${when.to} s`);
        if (found.atMs < anchorMs + when.from * 1_000) fail(`"${what}" came before ${when.from} s`);
        expected.add(found.id);
        break;
      }
      case "may":
        allowed.add(step.what);
        break;
      case "quiet":
        await new Promise((resolve) => setTimeout(resolve, step.seconds * 1_000));
        refuseNews();
        break;
      default:
        step satisfies never;
    }
  }
  refuseNews();
}

async function waitFor(
  withinMs: number,
  sinceMs: number,
  find: () => LedgerEntry | undefined,
): Promise<LedgerEntry | undefined> {
  for (;;) {
    const found = find();
    if (found !== undefined || Date.now() > sinceMs + withinMs) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What was done and what arrived, in order, in seconds since the first action. */
function transcript(lane: Lane, done: readonly { atMs: number; says: string }[]): string {
  const arrived = lane.ledger().map(({ atMs, what }) => ({ atMs, says: `        ${what}` }));
  const startMs = done[0]?.atMs ?? 0;
  return [...done, ...arrived]
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, says }) => `${((atMs - startMs) / 1_000).toFixed(1).padStart(7)} s  ${says}`)
    .join("\n");
}
