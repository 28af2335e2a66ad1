import type { NativeArea } from "../api/native-routes.ts";
import { pictureRoutes } from "../api/picture-routes.ts";
import { ApiProblem } from "../api/problem.ts";
import type { EvaluatorPorts } from "../evaluator/evaluator.ts";
import type { Now } from "../model/time.ts";
import { burnTimeline, pictureTier, type BurnMark } from "../picture/burn-timeline.ts";
import { drawBurn } from "../picture/draw-burn.ts";
import { countStretches, pictureRange, pointStepMs, refuseRange } from "../picture/plan-picture.ts";
import { createSteppedTimeline } from "../picture/stepped-timeline.ts";
import type { ThemeName } from "../picture/theme.ts";
import type { CountTimeline } from "../replay/count-timeline.ts";
import { coveredFromMs as coveredFromMsOf, countParts, type CountPart } from "../slo/count-parts.ts";
import { longestWindowMs } from "../slo/evaluate-slo.ts";
import { excludedFor } from "../slo/exclusion.ts";
import type { AlertTier, Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readCountSteps } from "../store/clickhouse/read-count-steps.ts";

export interface PictureRequest {
  readonly slo: string;
  /** The tier whose windows are drawn; the first of the SLO where it is left out or unknown. */
  readonly tier?: string | undefined;
  readonly startMs?: number | undefined;
  /** The present where it is left out. */
  readonly endMs?: number | undefined;
  readonly theme?: ThemeName | undefined;
  readonly marks?: readonly BurnMark[] | undefined;
}

export type Picture =
  | { readonly kind: "drawn"; readonly png: Uint8Array }
  | { readonly kind: "unknown_slo" }
  /** For people. */
  | { readonly kind: "refused"; readonly reason: string };

/** Draws the burn of an SLO from its counts; rejects when they cannot be read, or nothing can be drawn here. */
export type Pictures = (request: PictureRequest) => Promise<Picture>;

interface PictureParts {
  readonly clickhouse: ClickHouse;
  readonly slos: () => readonly Slo[];
  readonly ports: Pick<EvaluatorPorts, "coveredFromMs" | "exclusionOf">;
  readonly now: Now;
}

/** Counts are read in the lane of reads; one picture is drawn at a time. */
export function wirePictures(parts: PictureParts): Pictures {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    const drawn = last.then(() => draw(parts, request));
    last = drawn.catch(() => {});
    return drawn;
  };
}

/** `GET /api/v1/slos/{name}/burn.png`. */
export function pictureArea(pictures: Pictures): NativeArea {
  return pictureRoutes({
    burnPicture: async (request) => {
      try {
        return await pictures(request);
      } catch {
        const detail = "the counts cannot be read, or this machine cannot draw; ask again";
        throw new ApiProblem(503, "No picture", detail);
      }
    },
  });
}

async function draw(parts: PictureParts, request: PictureRequest): Promise<Picture> {
  const slo = parts.slos().find(({ name }) => name === request.slo);
  if (slo === undefined) return { kind: "unknown_slo" };
  const tier = pictureTier(slo, request.tier);
  if (tier === undefined) return { kind: "refused", reason: `${slo.name} has no alert on its burn` };
  const coveredFromMs = coveredFromMsOf(slo, parts.ports.coveredFromMs);
  if (coveredFromMs === undefined) {
    return { kind: "refused", reason: "what is stored is still being counted; ask again" };
  }
  const usual = pictureRange(tier, request.endMs ?? parts.now());
  const range = { startMs: request.startMs ?? usual.startMs, endMs: usual.endMs };
  const reason = refuseRange(range);
  if (reason !== undefined) return { kind: "refused", reason };
  const events: CountTimeline[] = [];
  for (const part of countParts(slo)) events.push(await readPart(parts, slo, part, tier, range));
  const { marks = [], theme } = request;
  const stepMs = pointStepMs(range);
  const timeline = burnTimeline(slo, events, { ...range, stepMs, tier, coveredFromMs, marks });
  return { kind: "drawn", png: await drawBurn(timeline, theme) };
}

async function readPart(
  { clickhouse, ports }: PictureParts,
  slo: Slo,
  { indicator, method }: CountPart,
  tier: AlertTier,
  range: { readonly startMs: number; readonly endMs: number },
): Promise<CountTimeline> {
  const exclusion = ports.exclusionOf?.(slo);
  const stretches = countStretches(method, tier, range, longestWindowMs(slo));
  const segments = [];
  for (const stretch of stretches) {
    const excluded = exclusion && excludedFor(exclusion, method, stretch.startMs, stretch.endMs);
    const counts = await readCountSteps(clickhouse, indicator.id, stretch, excluded);
    segments.push({ ...stretch, ...counts });
  }
  return createSteppedTimeline(segments);
}
