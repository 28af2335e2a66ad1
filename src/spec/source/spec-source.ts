import type { SpecText } from "../collect-objects.ts";
import type { Diagnostic } from "../diagnostic.ts";

/** Where spec files come from: a folder or file, a branch of a git repository, or what `noroshi apply` pushed. */
export interface SpecSource {
  /** As people configured it, without credentials: `./slo-specs`, `https://…#main:slos`, `pushed:team-a`. */
  readonly name: string;
  readonly kind: "folder" | "git" | "pushed";
  /** What is to run now. Never rejects: what cannot be read is a problem in the snapshot. */
  read(): Promise<SourceSnapshot>;
  /** Calls back, from then on, whenever `read` may give something new. */
  watch(onChange: () => void, onError: (error: unknown) => void): Promise<void>;
  close(): Promise<void>;
}

/** What a source held at one time. */
export interface SourceSnapshot {
  /** In the order of paths. Paths of different sources differ. */
  readonly texts: readonly SpecText[];
  /** What could not be read. */
  readonly problems: readonly Diagnostic[];
  /** The git commit of `texts`, where there is one. */
  readonly revision?: string;
}
