import { episodeSummary } from "../alert/episode-text.ts";
import type { Episode } from "../alert/episode.ts";
import { printMatcher } from "../alert/label-matcher.ts";
import { previewSilence } from "../alert/preview-silence.ts";
import { silenceFaults, silenceState, type NewSilence, type Silence } from "../alert/silence.ts";
import { timeOrNull, timeText } from "../api/episode-body.ts";
import type { NativeArea } from "../api/native-routes.ts";
import { ApiProblem } from "../api/problem.ts";
import { silenceRoutes } from "../api/silence-routes.ts";
import type { NewSilenceBody, SilenceBody, SilencePreviewBody } from "../api/silence-schema.ts";
import { timestampMs, type Now } from "../model/time.ts";
import { lengthOf } from "../slo/define-correction.ts";
import type { Slo } from "../slo/slo.ts";
import type { Database } from "../store/postgres/database.ts";
import { getSilence, listSilences, MOST_SILENCES } from "../store/postgres/silence-store.ts";
import type { Silences } from "./silences.ts";

/** Of a preview; more is counted. */
const MOST_SHOWN = 100;

/** The API of silences. */
export function wireSilencesApi(parts: {
  readonly db: Database;
  readonly now: Now;
  readonly silences: Silences;
  readonly episodes: { loadOpen(): Promise<readonly Episode[]> };
  readonly slos: () => readonly Slo[];
}): NativeArea {
  const { db, now, silences } = parts;
  const preview = async ({ matchers }: Pick<Silence, "matchers">): Promise<SilencePreviewBody> =>
    previewBody(previewSilence(matchers, await parts.episodes.loadOpen(), parts.slos()));
  return silenceRoutes({
    list: async (filter) => {
      const page = await listSilences(db, { ...filter, at: now() });
      return { silences: page.silences.map((one) => silenceBody(one, now())), nextCursor: page.nextCursor };
    },
    get: async (id) => {
      const found = await getSilence(db, id);
      return found && { silence: silenceBody(found, now()), preview: await preview(found) };
    },
    create: async (body, { dryRun, actor }) => {
      const at = now();
      const wanted = readSilence(body, actor, at);
      if ("faults" in wanted) return wanted;
      const shown = await preview(wanted);
      if (dryRun) {
        const planned = {
          ...wanted,
          id: "",
          createdBy: actor,
          createdAt: at,
          endedBy: null,
          remindedAt: null,
        };
        return { silence: { ...silenceBody(planned, at), id: null }, dryRun, preview: shown };
      }
      const made = await silences.create(wanted, actor);
      if (made === "too-many") throw tooMany();
      return { silence: silenceBody(made, now()), dryRun, preview: shown };
    },
    end: async (id, actor) => {
      const ended = await silences.end(id, actor);
      return ended && { ...ended, silence: silenceBody(ended.silence, now()) };
    },
  });
}

function readSilence(
  { matchers, startsAt, endsAt, duration, comment, author }: NewSilenceBody,
  actor: string,
  atMs: number,
): NewSilence | { readonly faults: readonly string[] } {
  if (endsAt !== undefined && duration !== undefined)
    return { faults: ["duration: endsAt and duration stand beside each other; keep one of the two"] };
  const start = startsAt ?? atMs;
  const end = endsAt ?? (duration === undefined ? undefined : start + (lengthOf(duration) ?? 0));
  if (end === undefined) return { faults: ["endsAt: write endsAt, or duration: 4h; a silence has an end"] };
  const silence: NewSilence = {
    matchers,
    startsAt: timestampMs(start),
    endsAt: timestampMs(end),
    comment,
    author: author === undefined || author === "" ? actor : author,
  };
  const faults = silenceFaults(silence, atMs);
  const named = (field: string): string =>
    field === "endsAt" && duration !== undefined ? "duration" : field;
  return faults.length === 0
    ? silence
    : { faults: faults.map(({ field, message }) => `${named(field)}: ${message}`) };
}

function silenceBody(silence: Silence, atMs: number): SilenceBody {
  const { id, comment, author, createdBy, endedBy } = silence;
  return {
    id,
    state: silenceState(silence, atMs),
    matchers: silence.matchers.map(printMatcher),
    startsAt: timeText(silence.startsAt),
    endsAt: timeText(silence.endsAt),
    comment,
    author,
    createdBy,
    createdAt: timeText(silence.createdAt),
    endedBy,
    remindedAt: timeOrNull(silence.remindedAt),
  };
}

function previewBody({ episodes, slos, warnings }: ReturnType<typeof previewSilence>): SilencePreviewBody {
  return {
    episodes: episodes.slice(0, MOST_SHOWN).map((episode) => ({
      id: episode.id,
      sloName: episode.sloName,
      alertKey: episode.alertKey,
      severity: episode.severity,
      state: episode.state,
      summary: episodeSummary({
        action: "trigger",
        facts: episode.facts,
        startedAtMs: episode.startedAt,
        atMs: episode.updatedAt,
        resolution: null,
      }),
    })),
    episodeCount: episodes.length,
    slos: slos.slice(0, MOST_SHOWN).map((slo) => ({ ...slo, alerts: [...slo.alerts] })),
    sloCount: slos.length,
    warnings: [...warnings],
  };
}

function tooMany(): ApiProblem {
  const detail = `${MOST_SILENCES} silences are in force or to come, which is the most; end some first`;
  return new ApiProblem(409, "Too many silences", detail);
}
