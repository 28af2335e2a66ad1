import type { GroupKey } from "../traceql/group-field.ts";
import { newCensus, readCensus, storedCensus, type Census, type StoredCensus } from "./census.ts";

/** What is known of one scope, and how far the stored events have been looked through. */
export interface ScopeState {
  readonly census: Census;
  /** Spans: those of later groups of ingest are still to be looked at. Undefined before the first look. */
  throughGroup: bigint | undefined;
  /** Spans: groups up to this one are looked through day by day, back into the past; later ones as they come. */
  baseGroup: bigint;
  /** Everything from here on has been looked through, epoch milliseconds; Infinity at first. */
  doneFromMs: number;
  /** Metrics: when the newest days were weighed last. */
  weighedAtMs: number;
  /** Of the stored record; 0 where there is none. */
  version: number;
  /** The past has been looked through. */
  isComplete: boolean;
}

/** A ScopeState as it is stored: plain JSON. */
export interface GroupRecord {
  readonly census: StoredCensus;
  /** Decimal texts of UInt64. */
  readonly throughGroup: string | null;
  readonly baseGroup: string;
  /** Null: nothing has. */
  readonly doneFromMs: number | null;
  readonly weighedAtMs: number;
  readonly isComplete: boolean;
}

/** Keeps what was found, so that a restart begins with the same groups. */
export interface GroupRecords {
  load(scopeId: string): Promise<{ readonly record: GroupRecord; readonly version: number } | undefined>;
  /** Replaces the record of this version (0: there is none yet). `conflict`: another process was faster. */
  save(scopeId: string, record: GroupRecord, version: number): Promise<"stored" | "conflict">;
}

export function newScopeState(): ScopeState {
  return {
    census: newCensus(),
    throughGroup: undefined,
    baseGroup: 0n,
    doneFromMs: Infinity,
    weighedAtMs: 0,
    version: 0,
    isComplete: false,
  };
}

export function readScopeState(record: GroupRecord, version: number): ScopeState {
  return {
    census: readCensus(record.census),
    throughGroup: record.throughGroup === null ? undefined : BigInt(record.throughGroup),
    baseGroup: BigInt(record.baseGroup),
    doneFromMs: record.doneFromMs ?? Infinity,
    weighedAtMs: record.weighedAtMs,
    version,
    isComplete: record.isComplete,
  };
}

export function storedScopeState(state: ScopeState): GroupRecord {
  return {
    census: storedCensus(state.census),
    throughGroup: state.throughGroup === undefined ? null : String(state.throughGroup),
    baseGroup: String(state.baseGroup),
    doneFromMs: Number.isFinite(state.doneFromMs) ? state.doneFromMs : null,
    weighedAtMs: state.weighedAtMs,
    isComplete: state.isComplete,
  };
}

/** The groups of one scope, for those who count, judge and show. */
export interface ScopeFindings {
  /** Those with the most events first. */
  readonly tracked: readonly (readonly GroupKey[])[];
  /** How many values had events; more than that where `isCut`. */
  readonly found: number;
  readonly isCut: boolean;
  /** The past has been looked through. */
  readonly isComplete: boolean;
}

export function findingsOf({ census, isComplete }: ScopeState): ScopeFindings {
  return {
    tracked: census.tracked.flatMap((key) => {
      const finding = census.found.get(key);
      return finding === undefined ? [] : [finding.values];
    }),
    found: census.found.size,
    isCut: census.isCut,
    isComplete,
  };
}
