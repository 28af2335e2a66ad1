import { comparePaths } from "../diagnostic.ts";
import { pushedPath } from "./pushed-path.ts";
import type { SourceSnapshot, SourceText, SpecSource } from "./spec-source.ts";

/** What one pushed source holds. */
export interface PushedFiles {
  readonly name: string;
  /** The git commit, where it was told. */
  readonly commit: string | null;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface PushedSourcePorts {
  /** All pushed sources, from the control store. Rejects when it is away. */
  list(): Promise<readonly PushedFiles[]>;
  /** Differs whenever something was pushed; cheap to ask. */
  version(): Promise<string>;
}

/** What is pushed on another node runs here so much later at most. */
const POLL_MS = 3_000;
const NAME = "pushed";

/** What `noroshi apply` pushed, of all sources that were pushed. */
export function createPushedSource(ports: PushedSourcePorts, pollMs = POLL_MS): SpecSource {
  let last: SourceSnapshot = { texts: [], problems: [] };
  let known = "";
  let isRead = false;
  let tell: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let polling: Promise<void> = Promise.resolve();

  let failing = false;
  const poll = async (failed: (error: unknown) => void): Promise<void> => {
    try {
      if ((await ports.version()) !== known || !isRead) tell?.();
      failing = false;
    } catch (error) {
      // Said once: an outage must not fill the log.
      if (!failing) failed(error);
      failing = true;
    }
  };

  return {
    name: NAME,
    kind: "pushed",
    async read() {
      try {
        // Asked first: what is pushed while the files are read is found by the next poll.
        const version = await ports.version();
        const sources = await ports.list();
        last = { texts: textsOf(sources), problems: [], revisions: revisionsOf(sources) };
        known = version;
        isRead = true;
        return last;
      } catch {
        // What ran goes on while the store is away; the polls ask again.
        return isRead ? last : { ...last, problems: [AWAY] };
      }
    },
    async watch(onChange, onError) {
      tell = onChange;
      timer = setInterval(() => {
        polling = poll(onError);
      }, pollMs);
      timer.unref();
    },
    async close() {
      clearInterval(timer);
      tell = undefined;
      await polling;
    },
  };
}

const AWAY = {
  severity: "error",
  file: "pushed:",
  line: 1,
  column: 1,
  path: "",
  message: "what was pushed cannot be read: the control store is away",
  hint: "it is read as soon as the store is back",
} as const;

function revisionsOf(sources: readonly PushedFiles[]): Readonly<Record<string, string>> {
  return Object.fromEntries(sources.flatMap(({ name, commit }) => (commit === null ? [] : [[name, commit]])));
}

function textsOf(sources: readonly PushedFiles[]): readonly SourceText[] {
  return sources
    .flatMap(({ name, files }) => files.map(({ path, text }) => ({ path: pushedPath(name, path), text })))
    .sort((a, b) => comparePaths(a.path, b.path));
}
