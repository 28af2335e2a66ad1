import { correctionBody, correctionEffect, type CorrectionHistory } from "../api/correction-body.ts";
import { correctionRoutes, type CorrectionPorts } from "../api/correction-routes.ts";
import type { CorrectionEffectBody, NewCorrection } from "../api/correction-schema.ts";
import type { NativeArea } from "../api/native-routes.ts";
import { judgeUnder } from "../evaluator/judge-under.ts";
import type { Now } from "../model/time.ts";
import { isSelected, type Correction } from "../slo/correction.ts";
import { defineSchedule } from "../slo/define-correction.ts";
import { createExclusionOf } from "../slo/exclusion.ts";
import type { Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import {
  createCorrection,
  deleteCorrection,
  getCorrection,
  listAllCorrections,
  listCorrections,
  type CorrectionDefinition,
  type CorrectionRecord,
} from "../store/postgres/correction-store.ts";
import type { Database } from "../store/postgres/database.ts";
import { newUuid } from "../store/postgres/new-uuid.ts";
import { correctionOf, type Corrections } from "./corrections.ts";
import { wireCountReader } from "./counts.ts";

/** Effects of one correction are shown for so many SLOs; more would read the history of all. */
const MOST_EFFECTS = 100;

interface CorrectionsApiParts {
  readonly db: Database;
  readonly clickhouse: ClickHouse;
  readonly now: Now;
  readonly corrections: Corrections;
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  readonly slos: () => readonly Slo[];
}

/** The API of corrections. */
export function wireCorrectionsApi(parts: CorrectionsApiParts): NativeArea {
  const { db, corrections, slos, now } = parts;
  const show = (correction: Correction, record: CorrectionRecord | undefined) =>
    correctionBody(correction, record && historyOf(record), slos(), now());
  const ports: CorrectionPorts = {
    list: async ({ slo: name, deleted }) => {
      const slo = name === undefined ? undefined : slos().find((candidate) => candidate.name === name);
      if (name !== undefined && slo === undefined) return "no-such-slo";
      const records = await (deleted ? listAllCorrections(db) : listCorrections(db));
      const byId = new Map(records.map((record) => [record.id, record]));
      const fromFiles = corrections.current().filter(({ origin }) => origin.kind === "file");
      const all = [...fromFiles, ...records.map(correctionOf)];
      const wanted = slo === undefined ? all : all.filter(({ selects }) => isSelected(selects, slo));
      const effects = slo === undefined ? new Map() : await effectsOn(parts, slo, wanted);
      return {
        corrections: wanted.map((correction) => {
          const effect = effects.get(correction.id);
          return {
            ...show(correction, byId.get(correction.id)),
            ...(effect === undefined ? {} : { effect }),
          };
        }),
      };
    },
    get: async (id) => {
      const inFile = corrections.current().find((one) => one.id === id && one.origin.kind === "file");
      if (inFile !== undefined) return show(inFile, undefined);
      const record = await getCorrection(db, id);
      return record && show(correctionOf(record), record);
    },
    create: async (body, { dryRun, actor }) => {
      const defined = definitionOf(body, actor);
      if ("faults" in defined) return defined;
      const correction: Correction = {
        id: newUuid(now()),
        ...defined,
        origin: { kind: "api", createdAtMs: now() },
      };
      const effects = await effectsOf(parts, correction);
      const record = dryRun ? undefined : await createCorrection(db, correction.id, defined, actor);
      if (!dryRun) await corrections.reload();
      const shown = show(correction, record ?? dryRecord(correction.id, defined, actor, now()));
      return { correction: shown, dryRun, effects: [...effects] };
    },
    remove: async (id, actor) => {
      const { origin } = corrections.current().find((one) => one.id === id) ?? {};
      if (origin?.kind === "file") return { kind: "in-file", file: origin.location.file };
      const isRemoved = await deleteCorrection(db, id, actor);
      if (isRemoved) await corrections.reload();
      return { kind: isRemoved ? "removed" : "unknown" };
    },
  };
  return correctionRoutes(ports);
}

function historyOf(record: CorrectionRecord): CorrectionHistory {
  const { createdBy, createdAt, deletedBy, deletedAt } = record;
  return {
    createdBy,
    createdAtMs: createdAt.getTime(),
    deletedBy,
    deletedAtMs: deletedAt?.getTime() ?? null,
  };
}

function dryRecord(
  id: string,
  definition: CorrectionDefinition,
  actor: string,
  atMs: number,
): CorrectionRecord {
  return { id, definition, createdBy: actor, createdAt: new Date(atMs), deletedBy: null, deletedAt: null };
}

function definitionOf(
  body: NewCorrection,
  actor: string,
): CorrectionDefinition | { readonly faults: readonly string[] } {
  const { name, reason, author, slos, services, labels, mutes, ...when } = body;
  const defined = defineSchedule(when);
  if (!defined.ok)
    return { faults: defined.faults.map(({ field, message, hint }) => `${field}: ${message}; ${hint}`) };
  const { schedule } = defined;
  return {
    name: name ?? reason.slice(0, 200),
    reason,
    author: author ?? actor,
    selects: { slos, services, labels },
    schedule,
    mutes,
  };
}

/** What one more correction would change, of the SLOs that it selects, by name. */
async function effectsOf(
  parts: CorrectionsApiParts,
  correction: Correction,
): Promise<readonly CorrectionEffectBody[]> {
  const selected = parts.slos().filter((slo) => isSelected(correction.selects, slo));
  selected.sort((a, b) => (a.name < b.name ? -1 : 1));
  const current = parts.corrections.current();
  const [before, after, alone] = await judgeUnder(
    selected.slice(0, MOST_EFFECTS),
    [
      createExclusionOf(current),
      createExclusionOf([...current, correction]),
      createExclusionOf([correction]),
    ],
    questionOf(parts),
  );
  return [...alone!].map(([name, verdict]) =>
    correctionEffect(correction, { before: before!.get(name)!, after: after!.get(name)!, alone: verdict }),
  );
}

/** What each of these changes of one SLO: without it, with all of them, and alone. */
async function effectsOn(
  parts: CorrectionsApiParts,
  slo: Slo,
  wanted: readonly Correction[],
): Promise<Map<string, CorrectionEffectBody>> {
  const inForce = parts.corrections.current();
  const effects = new Map<string, CorrectionEffectBody>();
  for (const correction of wanted.slice(0, MOST_EFFECTS)) {
    const others = inForce.filter(({ id }) => id !== correction.id);
    const [before, after, alone] = await judgeUnder(
      [slo],
      [createExclusionOf(others), createExclusionOf(inForce), createExclusionOf([correction])],
      questionOf(parts),
    );
    const verdict = alone!.get(slo.name);
    if (verdict === undefined) break;
    const around = { before: before!.get(slo.name)!, after: after!.get(slo.name)!, alone: verdict };
    effects.set(correction.id, correctionEffect(correction, around));
  }
  return effects;
}

function questionOf({ clickhouse, coveredFromMs, now }: CorrectionsApiParts) {
  return { counts: wireCountReader(clickhouse, "read"), coveredFromMs, at: now() };
}
