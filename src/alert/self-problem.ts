import type { Severity } from "../slo/slo.ts";
import type { ReceiverType } from "./notification.ts";

/**
 * Something that is wrong with Noroshi itself, so that people cannot rely on it: a spec source that cannot be read, an
 * evaluation that is late. While it lasts it is an episode, told through the same receivers as any other.
 */
export interface SelfProblem {
  /** Stable while it lasts, as `spec-source/https://git.example/slos#main`; what gets worse has a key of its own. */
  readonly key: string;
  readonly severity: Severity;
  /** One line, as `Specs from … cannot be read; the last good ones keep running`. */
  readonly summary: string;
  /** What people need to mend it; lines of plain text, without secrets. */
  readonly detail: string;
  /** Where it shows, below the public URL: `/specs`. */
  readonly path: string;
  /** Tell at once; otherwise it must last for a minute first. */
  readonly immediate?: boolean;
  /** The receiver that this is about: told through another one where one is set up. */
  readonly avoid?: ReceiverType;
  /** Names of receivers that are told; left out: where any warning or critical alert goes. */
  readonly targets?: readonly string[];
}

/** What an episode says of a problem of Noroshi itself. */
export interface SelfFacts extends Pick<SelfProblem, "summary" | "detail" | "path" | "avoid"> {
  /** The process that sees it: only that one, or the next after a silence, says that it is over. */
  readonly observer: string;
}

/** Under which name people are told of problems of Noroshi itself, where others have the name of their SLO. */
export const SELF_NAME = "noroshi";

/** The alert of a problem. Names of alert policies have no slash. */
export const selfAlertKey = (key: string): string => `self/${key}`;

/** An episode that is about Noroshi itself, not about an SLO. */
export function isSelfEpisode(episode: { readonly alertKey: string }): boolean {
  return episode.alertKey.startsWith("self/");
}
