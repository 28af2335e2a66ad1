import { createEvaluator, type Evaluator, type EvaluatorPorts } from "../evaluator/evaluator.ts";
import type { Membership } from "../evaluator/membership.ts";
import type { TellingRules } from "../evaluator/tell-episodes.ts";
import type { Metrics } from "../self/metrics.ts";
import type { Slo } from "../slo/slo.ts";
import { createEpisodeStore, type EpisodeStore } from "../store/postgres/episode-store.ts";
import { newUuid } from "../store/postgres/new-uuid.ts";
import type { Core } from "./core.ts";
import { wireCorrections, type Corrections } from "./corrections.ts";
import { wireEvaluatorPorts } from "./evaluator.ts";
import type { Ingest } from "./ingest.ts";
import { wireMembership } from "./membership.ts";
import { wireMutes } from "./mutes.ts";
import { wireSilences, type Silences } from "./silences.ts";
import { tellingRules } from "./telling.ts";

export interface Judging {
  /** What of the evaluation falls to this process. */
  readonly share: Membership;
  readonly episodes: EpisodeStore;
  readonly corrections: Corrections;
  readonly silences: Silences;
  /** Who is told of an episode, and who is not at present. */
  readonly rules: TellingRules;
  readonly ports: EvaluatorPorts;
  /** Not started yet. */
  readonly evaluator: Evaluator;
  /** To be filled in once ingest is wired. */
  readonly countedIn: { ingest: Ingest | undefined };
  /** After the evaluator has stopped. */
  stop(): Promise<void>;
}

/** The evaluator with its counts, corrections and episodes, and its share of the work. */
export async function wireJudging(core: Core, kickOutbox: () => void): Promise<Judging> {
  const kickEvaluator: { kick: () => void } = { kick: () => {} };
  const onChange = (): void => kickEvaluator.kick();
  const share = await wireMembership({ ...core, onChange });
  const episodes = createEpisodeStore(core.db, () => share.epoch());
  const corrections = await wireCorrections({ ...core, onChange });
  const silences = await wireSilences({ ...core, onChange });
  let slos = new Map<string, Slo>();
  const sloOf = (name: string): Slo | undefined => slos.get(name);
  const rules = tellingRules(core.config, wireMutes({ ...core, silences, corrections, sloOf }));
  const { exclusionOf } = corrections;
  const countedIn: { ingest: Ingest | undefined } = { ingest: undefined };
  const evaluated = { ...core, episodes, countedIn, kickOutbox, exclusionOf, rules };
  const { ports, closePorts } = await wireEvaluatorPorts(evaluated);
  const observe = (result: EvaluationTime): void => observeEvaluation(core.metrics, result);
  const { flapping } = core.config.file.telling;
  const judge = createEvaluator({ ...core, ports, newId: newUuid, observe, share, flapping });
  const evaluator: Evaluator = {
    ...judge,
    setSlos: (set) => {
      slos = new Map(set.slos.map((slo) => [slo.name, slo]));
      judge.setSlos(set);
    },
  };
  kickEvaluator.kick = () => evaluator.kick();
  return {
    share,
    episodes,
    corrections,
    silences,
    rules,
    ports,
    evaluator,
    countedIn,
    stop: async () => {
      await closePorts();
      await corrections.stop();
      await silences.stop();
      await share.stop();
    },
  };
}

interface EvaluationTime {
  readonly seconds: number;
  readonly failed: boolean;
}

function observeEvaluation(metrics: Metrics, result: EvaluationTime): void {
  metrics.evaluationSeconds.observe(result.seconds);
  if (result.failed) metrics.evaluationFailures.inc();
}
