import { createHash } from "node:crypto";
import { BUCKET_MS, bucketStartMs } from "../slo/bucket.ts";
import type { Correction } from "../slo/correction.ts";
import type { SpecText } from "../spec/collect-objects.ts";
import { comparePaths, type Diagnostic } from "../spec/diagnostic.ts";
import { pushedPath } from "../spec/source/pushed-path.ts";
import type { CorrectionChange, DiffReport, OpenAlert, OwnedElsewhere } from "./diff-report.ts";
import { diffSpecs } from "./diff-specs.ts";
import { planChange, type ChangePlan, type HeldFiles, type PlannedSlo } from "./plan-change.ts";
import type { RunReplay } from "./replay-history.ts";
import type { ReadStoredCounts } from "./slo-history.ts";

/** What one source holds, as it was pushed. */
export interface PushedSpecs {
  readonly name: string;
  readonly commit: string | null;
  readonly files: readonly SpecText[];
}

/** What may be done while nobody else changes what is pushed. */
export interface PushedTransaction {
  list(): Promise<readonly PushedSpecs[]>;
  write(source: PushedSpecs & { readonly updatedBy: string }): Promise<void>;
  remove(name: string): Promise<void>;
  audit(entry: {
    readonly actor: string;
    readonly action: string;
    readonly subject: string;
    readonly detail: Readonly<Record<string, unknown>>;
  }): Promise<void>;
}

export interface SpecChangePorts {
  /** What folders and git hold now. */
  held(): readonly HeldFiles[];
  /** What is pushed. */
  list(): Promise<readonly PushedSpecs[]>;
  /** Runs in one transaction that no other change overlaps. */
  change<T>(work: (transaction: PushedTransaction) => Promise<T>): Promise<T>;
  /** Resolves when this process runs what is stored. */
  reload(): Promise<void>;
  openEpisodes(): Promise<readonly (OpenAlert & { readonly slo: string })[]>;
  /** Counts of any indicator; `maxTimeMs` at most. */
  readCounts(
    ...args: [...Parameters<ReadStoredCounts>, { readonly maxTimeMs: number; readonly signal?: AbortSignal }]
  ): ReturnType<ReadStoredCounts>;
  /** Corrections made by API; those of files are in the files. */
  corrections?(): Promise<readonly Correction[]>;
  replay: RunReplay;
  now(): number;
  /** Of a clock that never goes back, for limits. */
  steadyMs(): number;
}

export interface SpecsRequest {
  readonly source: string;
  readonly files: readonly SpecText[];
  readonly prune: boolean;
}

export interface DiffRequest extends SpecsRequest {
  readonly sinceMs: number | undefined;
  /** The folder or repository, as configured, that these files would replace; what it holds is compared. */
  readonly inPlaceOf?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface ApplyRequest extends SpecsRequest {
  readonly commit: string | undefined;
  readonly dryRun: boolean;
  /** What the source must hold now: `contentRevision`, or `none`. */
  readonly expectedRevision: string | undefined;
  readonly actor: string;
}

/** What a source holds: the hash of its files, and the commit they are of. */
export interface HeldRevision {
  readonly revision: string;
  readonly commit: string | null;
}

/** A diff, and what the source holds now; undefined: nothing. */
export interface SpecsDiff extends DiffReport {
  readonly held: HeldRevision | undefined;
  readonly isSound: boolean;
}

export type ApplyOutcome =
  /** planned: what would be applied. unchanged: it ran already. */
  | {
      readonly kind: "applied" | "planned" | "unchanged";
      readonly slos: readonly PlannedSlo[];
      readonly corrections: readonly CorrectionChange[];
      readonly diagnostics: readonly Diagnostic[];
      readonly held: HeldRevision;
      readonly previous: HeldRevision | undefined;
    }
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "owned"; readonly conflicts: readonly OwnedElsewhere[] }
  | { readonly kind: "raced"; readonly expected: string; readonly actual: string };

export interface SpecChanges {
  /** Folders and repositories that are configured: what `inPlaceOf` may name. */
  replaceable(): readonly string[];
  /** What applying these files would change. Changes nothing. */
  diff(request: DiffRequest): Promise<SpecsDiff>;
  apply(request: ApplyRequest): Promise<ApplyOutcome>;
}

/** Nothing is stored under the name yet. */
const NO_REVISION = "none";

const LONGEST_DIFF_MS = 45_000;
/** Of one indicator. */
const LONGEST_COUNT_MS = 20_000;

/** Compares and replaces what sources of pushed specs hold. */
export function createSpecChanges(ports: SpecChangePorts): SpecChanges {
  return {
    replaceable: () => ports.held().flatMap(({ source }) => source ?? []),
    diff: (request) => diff(ports, request),
    apply: async (request) => {
      const outcome = await ports.change((transaction) => applyOnce(ports, transaction, request));
      if (outcome.kind === "applied") await ports.reload();
      return outcome;
    },
  };
}

async function diff(ports: SpecChangePorts, request: DiffRequest): Promise<SpecsDiff> {
  const pushed = await ports.list();
  const plan =
    request.inPlaceOf === undefined ? planFor(ports, pushed, request) : planInPlace(ports, pushed, request);
  const overMs = ports.steadyMs() + LONGEST_DIFF_MS;
  const left = (): number => overMs - ports.steadyMs();
  const counted = new Map<string, ReturnType<ReadStoredCounts>>();
  // A changed target has the same counts before and after.
  const read: ReadStoredCounts = (indicator, range) => {
    const key = `${indicator.id}/${range.startMs}/${range.endMs}/${range.stepMs}`;
    let counts = counted.get(key);
    if (counts === undefined) {
      const maxTimeMs = Math.max(1, Math.min(LONGEST_COUNT_MS, left()));
      const limits = request.signal === undefined ? { maxTimeMs } : { maxTimeMs, signal: request.signal };
      counted.set(key, (counts = ports.readCounts(indicator, range, limits)));
    }
    return counts;
  };
  const report = await diffSpecs(plan, {
    source: request.source,
    read,
    replay: ports.replay,
    endMs: bucketStartMs(ports.now() - BUCKET_MS) + BUCKET_MS,
    sinceMs: request.sinceMs,
    open: plan.isSound ? await openBySlo(ports) : new Map(),
    isOver: () => left() <= 0,
    done: () => counted.clear(),
    corrections: (await ports.corrections?.()) ?? [],
  });
  return { ...report, held: heldRevision(pushed, request.source), isSound: plan.isSound };
}

async function openBySlo(ports: SpecChangePorts): Promise<ReadonlyMap<string, readonly OpenAlert[]>> {
  const open = new Map<string, OpenAlert[]>();
  for (const { slo, ...alert } of await ports.openEpisodes()) {
    open.set(slo, [...(open.get(slo) ?? []), alert]);
  }
  return open;
}

async function applyOnce(
  ports: SpecChangePorts,
  transaction: PushedTransaction,
  request: ApplyRequest,
): Promise<ApplyOutcome> {
  const pushed = await transaction.list();
  const previous = heldRevision(pushed, request.source);
  const actual = previous?.revision ?? NO_REVISION;
  if (request.expectedRevision !== undefined && request.expectedRevision !== actual) {
    return { kind: "raced", expected: request.expectedRevision, actual };
  }
  const plan = planFor(ports, pushed, request);
  if (plan.conflicts.length > 0) return { kind: "owned", conflicts: plan.conflicts };
  if (!plan.isSound) return { kind: "invalid", diagnostics: plan.diagnostics };
  const commit = request.commit ?? null;
  const held = { revision: contentRevision(plan.texts), commit };
  const isSame = held.revision === actual && (previous?.commit ?? null) === commit;
  const { slos, corrections, diagnostics } = plan;
  const answer = { slos, corrections, diagnostics, held, previous };
  if (isSame || (plan.texts.length === 0 && previous === undefined)) return { kind: "unchanged", ...answer };
  const hasSameFiles = held.revision === actual;
  if (!request.dryRun) await store(transaction, request, plan, { held, previous });
  if (hasSameFiles) return { kind: "unchanged", ...answer };
  return { kind: request.dryRun ? "planned" : "applied", ...answer };
}

async function store(
  transaction: PushedTransaction,
  { source, actor }: ApplyRequest,
  { slos, texts }: ChangePlan,
  { held, previous }: { readonly held: HeldRevision; readonly previous: HeldRevision | undefined },
): Promise<void> {
  if (texts.length === 0) await transaction.remove(source);
  else await transaction.write({ name: source, commit: held.commit, files: texts, updatedBy: actor });
  const named = (change: PlannedSlo["change"]): readonly string[] =>
    slos.filter((slo) => slo.change === change).map(({ name }) => name);
  await transaction.audit({
    actor,
    action: "specs.apply",
    subject: `pushed:${source}`,
    detail: {
      commit: held.commit,
      previousCommit: previous?.commit ?? null,
      revision: held.revision,
      previousRevision: previous?.revision ?? null,
      added: named("added"),
      changed: named("changed"),
      removed: named("removed"),
      kept: named("kept"),
    },
  });
}

function planFor(ports: SpecChangePorts, pushed: readonly PushedSpecs[], request: SpecsRequest): ChangePlan {
  const { source, files, prune } = request;
  return planChange({
    source,
    files,
    prune,
    stored: pushed.find(({ name }) => name === source)?.files ?? [],
    others: [...ports.held(), ...pushed.filter(({ name }) => name !== source).map(asHeld)],
  });
}

/** Of a folder or repository all files are replaced, so nothing of it is kept. */
function planInPlace(
  ports: SpecChangePorts,
  pushed: readonly PushedSpecs[],
  { source, files, inPlaceOf }: DiffRequest,
): ChangePlan {
  const held = ports.held();
  return planChange({
    source,
    files,
    prune: true,
    stored: held.find((one) => one.source === inPlaceOf)?.texts ?? [],
    others: [...held.filter((one) => one.source !== inPlaceOf), ...pushed.map(asHeld)],
  });
}

function asHeld({ name, files }: PushedSpecs): HeldFiles {
  const texts = files.map(({ path, text }) => ({ path: pushedPath(name, path), text }));
  return { name: `pushed:${name}`, texts, problems: [] };
}

function heldRevision(pushed: readonly PushedSpecs[], source: string): HeldRevision | undefined {
  const held = pushed.find(({ name }) => name === source);
  return held && { revision: contentRevision(held.files), commit: held.commit };
}

/** The same for the same files, 16 hex digits. */
function contentRevision(files: readonly SpecText[]): string {
  const hash = createHash("sha256");
  for (const { path, text } of [...files].sort((a, b) => comparePaths(a.path, b.path))) {
    hash.update(`${path.length}:${path}${text.length}:${text}`);
  }
  return hash.digest("hex").slice(0, 16);
}
