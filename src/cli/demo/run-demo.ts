import { setTimeout as sleep } from "node:timers/promises";
import type { SloBody } from "../../api/slo-schema.ts";
import type { Scenario } from "./scenarios.ts";
import { readServiceView } from "./service-view.ts";
import type { ServiceView } from "./service-view.ts";
import { createCleanup, setStage } from "./stage.ts";
import type { Stage } from "./stage.ts";
import { disappointments, tellEnding, tellNextSteps } from "./story/closing.ts";
import type { Ending } from "./story/closing.ts";
import { createNarrator, tellOpening, tellReady } from "./story/narrator.ts";
import type { Narrator } from "./story/narrator.ts";
import type { Notice } from "./story/notice.ts";
import { outcomeOf } from "./story/outcome.ts";
import type { Terminal } from "./story/terminal.ts";
import { timelineAt } from "./timeline.ts";

const POLL_MS = 300;
/** Exit code of a process that Ctrl-C ended, by the shells' convention. */
const INTERRUPTED = 130;

export interface DemoOptions {
  readonly scenario: Scenario;
  /** Simulated milliseconds per real one. */
  readonly speed: number;
  /** Keep everything running after the story, until `signal`. */
  readonly stay: boolean;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Sets the stage, plays the scenario, tells it, and leaves nothing behind. Gives the exit code: 0 when everything came
 * true, 1 when something did not, 2 when it could not run, 130 when it was interrupted.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { scenario, speed, terminal, signal } = options;
  const cleanup = createCleanup();
  const beganMs = Date.now();
  let onNotice: (notice: Notice) => void = () => {};
  tellOpening(terminal, scenario, speed);
  try {
    const stage = await setStage(
      {
        speed,
        signal,
        onNotice: (notice) => onNotice(notice),
        onReady: (what, tookMs) => tellReady(terminal, what, tookMs),
        onStart: (what) => terminal.progress(`  … ${what}`),
      },
      cleanup,
    );
    const narrator = createNarrator(terminal, scenario, stage.clock);
    onNotice = (notice) => narrator.received(notice);
    const story = play(stage, options, narrator, beganMs).catch(async (error: unknown) => {
      // A service that has died explains more than a call to it that failed.
      await Promise.race([stage.service.died, sleep(1_000)]);
      throw error;
    });
    const ending = await Promise.race([story, stage.service.died]);
    terminal.clear();
    tellEnding(terminal, ending);
    const cameTrue = disappointments(ending).length === 0;
    if (options.stay && !signal.aborted) await lookAround(stage, options);
    else tellNextSteps(terminal, scenario, undefined);
    return cameTrue ? 0 : 1;
  } catch (error) {
    terminal.clear();
    if (signal.aborted) {
      terminal.say("Stopped before the end of the story.");
      return INTERRUPTED;
    }
    terminal.say(
      terminal.style.red(
        `The demo could not go on: ${error instanceof Error ? error.message : String(error)}`,
      ),
    );
    return 2;
  } finally {
    terminal.progress("  … stopping and removing everything");
    await cleanup.run();
    terminal.clear();
  }
}

async function play(
  stage: Stage,
  options: DemoOptions,
  narrator: Narrator,
  beganMs: number,
): Promise<Ending> {
  const { scenario, speed, signal } = options;
  const timeline = timelineAt(speed);
  const { company, receivers } = stage;
  const outcome = (view: ServiceView) => outcomeOf(scenario.sloName, view.episodes, receivers.notices);
  const follow = (doing: string, limitMs: number, done: (view: ServiceView, elapsedMs: number) => boolean) =>
    followService({ stage, narrator, signal, doing, limitMs, sloName: scenario.sloName, done });

  const calm = await follow("healthy traffic", timeline.healthyMs, () => false);
  narrator.healthy(calm.slos);

  if (scenario.deployment !== undefined)
    await company.deploy(scenario.deployment.service, scenario.deployment.version);
  company.setFaults(scenario.faults);
  const injectedMs = Date.now();
  narrator.injected(injectedMs);
  const burning = await follow("fault in progress", timeline.faultLimitMs, (view, elapsedMs) => {
    const { paged, ticketed } = outcome(view);
    return elapsedMs >= timeline.faultMs && paged && ticketed;
  });
  narrator.budgets(burning.slos.filter(({ state }) => state === "at_risk" || state === "breached"));

  company.setFaults([]);
  if (scenario.deployment !== undefined) await company.rollBack();
  const relievedMs = Date.now();
  narrator.relieved(relievedMs, timeline);
  const over = await follow("recovering", timeline.recoveryLimitMs, (view) => outcome(view).allResolved);
  return {
    scenario,
    outcome: outcome(over),
    notices: receivers.notices,
    injectedMs,
    relievedMs,
    speed,
    tookMs: Date.now() - beganMs,
  };
}

interface Following {
  readonly stage: Stage;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  readonly doing: string;
  readonly limitMs: number;
  readonly sloName: string;
  readonly done: (view: ServiceView, elapsedMs: number) => boolean;
}

/** Watches the service until `done` or for `limitMs`; gives what it said last. Throws when interrupted. */
async function followService(following: Following): Promise<ServiceView> {
  const { stage, narrator, limitMs, sloName } = following;
  const fromMs = Date.now();
  for (;;) {
    const view = await readServiceView(stage.service.url);
    const nowMs = Date.now();
    const elapsedMs = nowMs - fromMs;
    if (elapsedMs >= limitMs || following.done(view, elapsedMs)) return view;
    const slo: SloBody | undefined = view.slos.find(({ name }) => name === sloName);
    narrator.progress(nowMs, `${following.doing}, ${Math.floor(elapsedMs / 1_000)} s`, slo);
    await sleep(Math.min(POLL_MS, limitMs - elapsedMs), undefined, { signal: following.signal });
  }
}

/** Keeps everything running for the curious. */
async function lookAround(stage: Stage, options: DemoOptions): Promise<void> {
  const { terminal, scenario, signal } = options;
  tellNextSteps(terminal, scenario, stage.service.url);
  terminal.blank();
  terminal.say(
    "Everything still runs, with healthy traffic. Press Ctrl-C to stop it and remove every trace.",
  );
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([interrupted, stage.service.died]);
}
