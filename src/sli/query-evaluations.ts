import { asIncrements } from "./counted-metric.ts";
import type { MetricRecount } from "./metric-recount.ts";
import { planEvaluations } from "./recount-steps.ts";
import type { RecountNeed, RecountStep } from "./recount-steps.ts";

/** Evaluations under way at the same time. */
const MOST_EVALUATIONS = 4;

export interface QueryEvaluations {
  /** Starts to evaluate what waits, as far as there is room. */
  begin(): void;
  running(): number;
  takeErrors(): readonly unknown[];
  settled(): Promise<void>;
}

/** Evaluates queries beside each other, so that one that takes long does not delay the others. */
export function createQueryEvaluations(
  recount: MetricRecount,
  needsOf: () => readonly RecountNeed[],
): QueryEvaluations {
  const running = new Map<string, Promise<void>>();
  let errors: unknown[] = [];
  let open = 0;
  const start = (step: RecountStep) => {
    open += 1;
    const work = recount.run(step).then(ignore, (error: unknown) => void errors.push(error));
    const done = work.finally(() => {
      open -= 1;
      for (const { id } of step.indicators) running.delete(id);
    });
    for (const { id } of step.indicators) running.set(id, done);
  };
  return {
    begin() {
      const needs = needsOf().filter(
        ({ indicator }) => asIncrements(indicator) === undefined && !running.has(indicator.id),
      );
      for (const step of planEvaluations(needs)) {
        if (open >= MOST_EVALUATIONS) return;
        if (!step.indicators.some(({ id }) => running.has(id))) start(step);
      }
    },
    running: () => open,
    takeErrors() {
      const taken = errors;
      errors = [];
      return taken;
    },
    async settled() {
      await Promise.all(running.values());
    },
  };
}

const ignore = () => {};
