import type { Severity } from "../slo/slo.ts";

/**
 * Something that is wrong with Noroshi itself, so that people cannot rely on it: a spec source that cannot be read, an
 * evaluation that is late. While it lasts it is an episode, told through the same receivers as any other.
 */
export interface SelfProblem {
  /** Stable while it lasts, as `spec-source/https://git.example/slos#main`. */
  readonly key: string;
  readonly severity: Severity;
  /** One line, as `Specs from … cannot be read; the last good ones keep running`. */
  readonly summary: string;
  /** What people need to mend it; lines of plain text, without secrets. */
  readonly detail: string;
  /** Where it shows, below the public URL: `/specs`. */
  readonly path: string;
}
