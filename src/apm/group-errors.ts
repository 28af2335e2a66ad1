import type { ErrorGroup, ExceptionCount, StatementCost } from "../model/faults.ts";
import { messagePattern } from "../trace/message-pattern.ts";
import { statementFingerprint } from "../trace/statement-fingerprint.ts";

const MOST_TRACES = 3;
const MOST_VERSIONS = 20;

/** Groups by service, type and message; the most frequent first. */
export function groupErrors(rows: readonly ExceptionCount[]): readonly ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const row of rows) {
    const message = messagePattern(row.message);
    const key = JSON.stringify([row.service, row.type, message]);
    const known = groups.get(key);
    groups.set(key, known === undefined ? { ...row, message, example: row.message } : joined(known, row));
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (keyOf(a) < keyOf(b) ? -1 : 1));
}

function joined(group: ErrorGroup, row: ExceptionCount): ErrorGroup {
  const isNewer = row.lastMs > group.lastMs;
  const traceIds = isNewer ? [...row.traceIds, ...group.traceIds] : [...group.traceIds, ...row.traceIds];
  return {
    ...group,
    count: group.count + row.count,
    firstMs: Math.min(group.firstMs, row.firstMs),
    lastMs: Math.max(group.lastMs, row.lastMs),
    versions: [...new Set([...group.versions, ...row.versions])].sort().slice(0, MOST_VERSIONS),
    traceIds: [...new Set(traceIds)].slice(0, MOST_TRACES),
  };
}

const keyOf = ({ service, type, message }: ErrorGroup): string => `${service}\n${type}\n${message}`;

/** Statements that differ in nothing but their values; the most expensive first. */
export function groupStatements(rows: readonly StatementCost[]): readonly StatementCost[] {
  const groups = new Map<string, StatementCost>();
  for (const row of rows) {
    const statement = statementFingerprint(row.statement);
    const key = JSON.stringify([row.service, row.system, row.database, statement]);
    const known = groups.get(key);
    const slower = known === undefined || row.maxNs > known.maxNs ? row : known;
    groups.set(key, {
      ...row,
      statement,
      count: row.count + (known?.count ?? 0),
      errors: row.errors + (known?.errors ?? 0),
      totalNs: row.totalNs + (known?.totalNs ?? 0),
      maxNs: slower.maxNs,
      traceId: slower.traceId,
    });
  }
  return [...groups.values()].sort((a, b) => b.totalNs - a.totalNs || (a.statement < b.statement ? -1 : 1));
}
