import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { Slo } from "../slo/slo.ts";
import { expandGroups, NO_GROUPS } from "./expand-groups.ts";
import { createGroupDiscovery } from "./group-discovery.ts";
import { scopeIdOf, scopesOf } from "./group-scope.ts";
import type { LookPorts } from "./look-for-groups.ts";
import type { GroupRecords, ScopeFindings } from "./scope-state.ts";

/** The SLOs that count and are judged: those of the documents, and their groups. */
export interface SlosInForce {
  /** Each SLO with groups is followed by them. */
  readonly slos: readonly Slo[];
  /** False while one that is missing may only not be known yet. */
  readonly complete: boolean;
  /** What was found of each SLO with groups, by its name. */
  readonly found: ReadonlyMap<string, ScopeFindings>;
}

export interface SloCatalogue {
  /** Replaces the SLOs of the documents; `complete` as of an SloSet. Calls onChange, soon. */
  set(slos: readonly Slo[], complete: boolean): void;
  /** As of the last onChange. */
  current(): SlosInForce;
  start(): void;
  close(): Promise<void>;
}

/** Joins the SLOs of the documents with the groups that are found of them. */
export function createSloCatalogue(options: {
  /** Undefined where this process does not look for groups itself. */
  readonly look: LookPorts | undefined;
  readonly records: GroupRecords;
  readonly now: Now;
  readonly log: Log;
  readonly onChange: (inForce: SlosInForce) => void;
  readonly everyMs?: number;
}): SloCatalogue {
  const { log } = options;
  let documents: { readonly slos: readonly Slo[]; readonly complete: boolean } = {
    slos: [],
    complete: false,
  };
  let current: SlosInForce = { slos: [], complete: false, found: new Map() };
  /** What was found before is being read: without it groups would seem to be gone. */
  let reading = 0;

  const publish = (): void => {
    if (reading > 0) return;
    current = joinGroups(documents.slos, documents.complete, (id) => discovery.findings(id));
    options.onChange(current);
  };
  const discovery = createGroupDiscovery({ ...options, onChange: publish });

  return {
    set(slos, complete) {
      documents = { slos, complete };
      const scopes = scopesOf(slos);
      if (scopes.length === 0) {
        // Without groups nothing is waited for.
        void discovery.setScopes([]);
        publish();
        return;
      }
      reading += 1;
      discovery
        .setScopes(scopes)
        .catch((error: unknown) =>
          log.warn("the groups that were found before could not be read; it is tried again", { error }),
        )
        .finally(() => {
          reading -= 1;
          publish();
        });
    },
    current: () => current,
    start: () => discovery.start(),
    close: () => discovery.close(),
  };
}

/** Pure. An SLO whose groups are not known leaves the set incomplete: their episodes must not seem to be of deleted SLOs. */
function joinGroups(
  documents: readonly Slo[],
  complete: boolean,
  findings: (scopeId: string) => ScopeFindings | undefined,
): SlosInForce {
  const taken = new Set(documents.map(({ name }) => name));
  const found = new Map<string, ScopeFindings>();
  let isKnown = true;
  const slos = documents.flatMap((slo): readonly Slo[] => {
    const id = scopeIdOf(slo);
    if (id === undefined) return [slo];
    const groups = findings(id);
    if (groups === undefined) {
      isKnown = false;
      return expandGroups(slo, NO_GROUPS, taken);
    }
    found.set(slo.name, groups);
    const isPartial = !groups.isComplete || groups.isCut || groups.found > groups.tracked.length;
    return expandGroups(slo, { tracked: groups.tracked, isPartial }, taken);
  });
  return { slos, complete: complete && isKnown, found };
}
