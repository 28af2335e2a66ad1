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
  /** Of a source that is asked for news from time to time: asks now. Resolves when it answered, or failed to. */
  sync?(): Promise<void>;
  /** Of such a source: how that went. */
  remote?(): RemoteState;
}

/** What a source held at one time. */
export interface SourceSnapshot {
  /** In the order of paths. Paths of different sources differ. */
  readonly texts: readonly SourceText[];
  /** What could not be read. */
  readonly problems: readonly Diagnostic[];
  /** The git commit of `texts`, where there is one. */
  readonly revision?: string;
  /** Of what was pushed: the commit of each pushed source that told one, by its name. */
  readonly revisions?: Readonly<Record<string, string>>;
}

/** A file of a source. */
export interface SourceText extends SpecText {
  /** Where it lies on the disk, links followed: a file that two sources reach counts once. */
  readonly realPath?: string;
}

/** How asking a remote source for news goes. */
export interface RemoteState {
  /** Why the last attempt failed, in a sentence that says what to do; undefined when it did not. */
  readonly error: string | undefined;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** The commit that the remote named last, taken or not. */
  readonly remoteRevision: string | undefined;
  /** The commit that `read` gives. */
  readonly commit: CommitInfo | undefined;
  /** Since when `read` gives it; the last time that the remote was found unchanged counts too. */
  readonly lastSyncMs: number | undefined;
  readonly lastAttemptMs: number | undefined;
  readonly nextPollMs: number | undefined;
  /** True while it is being asked. */
  readonly busy: boolean;
}

/** A commit, as its repository tells of it. */
export interface CommitInfo {
  /** 40 hex digits. */
  readonly id: string;
  /** The first line of its message, at most 200 characters. */
  readonly subject: string;
  readonly author: string;
  readonly atMs: number;
}
