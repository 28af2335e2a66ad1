import type { ReceiverType } from "../alert/notification.ts";
import type { SelfProblem } from "../alert/self-problem.ts";
import { MINUTE_MS } from "../model/time.ts";
import { formatDuration } from "../slo/format-duration.ts";
import type { SelfCheck } from "./self-alerts.ts";

/** Evaluation later than this means that alerts cannot be relied on. */
const LATE_SECONDS = 60;

/** Budgets and alerts are behind. `lagSeconds`: since everything was last evaluated and stored. */
export function evaluationCheck(lagSeconds: () => number): SelfCheck {
  return {
    name: "evaluation",
    problems: () => {
      const lag = lagSeconds();
      return lag <= LATE_SECONDS
        ? []
        : [
            {
              key: "evaluation",
              severity: "critical",
              summary: `SLOs were last evaluated ${formatDuration(lag * 1_000)} ago: alerts come late`,
              detail:
                "Look into Noroshi's log for failed evaluations: the telemetry store may be away, or too slow for the number of SLOs.",
              path: "/readyz",
            },
          ];
    },
  };
}

/** Notifications of one receiver that have waited for too long, or were refused while their episode still fires. */
export interface StuckReceiver {
  readonly receiver: string;
  readonly receiverType: ReceiverType;
  readonly waiting: number;
  /** Age of the oldest that waits. */
  readonly oldestMs: number;
  /** Episodes that fire, nobody was told of, and that this receiver refused for good. */
  readonly refused: number;
  /** What it answered last; empty when it was never reached. */
  readonly lastAnswer: string;
}

/** People are not told. Told through another receiver than the one that fails, where there is one. */
export function outboxCheck(readStuck: () => Promise<readonly StuckReceiver[]>): SelfCheck {
  return {
    name: "outbox",
    problems: async () => (await readStuck()).flatMap((stuck) => [...waitingOf(stuck), ...refusedOf(stuck)]),
  };
}

function waitingOf(stuck: StuckReceiver): readonly SelfProblem[] {
  const { receiver, waiting, oldestMs, lastAnswer } = stuck;
  if (waiting === 0) return [];
  const what = waiting === 1 ? "1 notification waits" : `${waiting} notifications wait`;
  return [
    {
      key: `outbox/${receiver}`,
      severity: severityOf(stuck),
      summary: `${what} for ${receiver}, the oldest for ${formatDuration(oldestMs)}`,
      detail:
        lastAnswer === ""
          ? `${receiver} was not reached. Nothing is lost: it is tried again until it works.`
          : `Its last answer: ${lastAnswer}. Nothing is lost: it is tried again until it works.`,
      path: "/api/v1/notifications?state=pending",
      immediate: true,
      avoid: stuck.receiverType,
    },
  ];
}

function refusedOf(stuck: StuckReceiver): readonly SelfProblem[] {
  const { receiver, refused, lastAnswer } = stuck;
  if (refused === 0) return [];
  const what = refused === 1 ? "an alert that still fires" : `${refused} alerts that still fire`;
  return [
    {
      key: `outbox/${receiver}/refused`,
      severity: severityOf(stuck),
      summary: `${receiver} refused ${what}: nobody was told`,
      detail: `It answered: ${lastAnswer}. Mend its settings; what it refused is not sent again.`,
      path: "/api/v1/notifications?state=rejected",
      immediate: true,
      avoid: stuck.receiverType,
    },
  ];
}

/** PagerDuty is told what cannot wait. */
const severityOf = ({ receiverType }: StuckReceiver): SelfProblem["severity"] =>
  receiverType === "pagerduty" ? "critical" : "warning";

/** What came from services lately, as of the last request with data that was stored. */
export interface Arrivals {
  /** Epoch milliseconds on the real clock; undefined when nothing ever came (or not in the last two days). */
  readonly lastMs: number | undefined;
  /** The first one of the hour before `lastMs`. */
  readonly firstMs: number;
  /** Minutes of that hour in which something came. */
  readonly minutes: number;
}

/** Below that it is no steady traffic whose end would mean anything. */
const STEADY_MINUTES = 10;
const STEADY_SPAN_MS = 50 * MINUTE_MS;

/**
 * Traffic that was there for an hour has stopped. While this process is younger than the silence it waits for, it
 * cannot tell: senders come back at their own pace.
 */
export function ingestCheck(parts: {
  readonly read: () => Promise<Arrivals>;
  readonly silenceMs: number;
  /** The real clock, as arrivals are on it. */
  readonly nowMs: () => number;
}): SelfCheck {
  const startedMs = parts.nowMs();
  return {
    name: "ingest",
    problems: async () => {
      const { lastMs, firstMs, minutes } = await parts.read();
      const nowMs = parts.nowMs();
      if (lastMs === undefined || nowMs - lastMs < parts.silenceMs) return [];
      if (minutes < STEADY_MINUTES || lastMs - firstMs < STEADY_SPAN_MS) return [];
      if (nowMs - startedMs < parts.silenceMs) return undefined;
      const at = new Date(lastMs).toISOString().slice(0, 19).replace("T", " ");
      return [
        {
          key: "ingest",
          severity: "critical",
          summary: `no spans or metrics have arrived for ${formatDuration(nowMs - lastMs)}`,
          detail:
            `The last came at ${at} UTC. While nothing comes no SLO can burn: see whether services, collectors and ` +
            "the network between can reach Noroshi. self.ingestSilence in noroshi.yaml sets how long is too long.",
          path: "/metrics",
        },
      ];
    },
  };
}
