import type { CountTimeline } from "../replay/count-timeline.ts";

/** Buckets from `startMs`, and what people should know of them. */
export interface History {
  readonly timeline: CountTimeline;
  /** Of a composite, those of each part, in order; `timeline` is their sum. */
  readonly parts?: readonly CountTimeline[];
  /** Nothing from before is known; undefined where all that was asked for is. */
  readonly knownFromMs: number | undefined;
  /** Where the counts come from, for people. */
  readonly source: string;
}

/** What was asked of it cannot be had; the message says why and what to do. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
}

/** [startMs, endMs), both on buckets. */
export interface HistoryRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** GET, with its answer as parsed JSON; throws HistoryError. */
export type GetJson = (path: string) => Promise<unknown>;

const LONGEST_ANSWER_MS = 60_000;

/** Asks `base` (a URL, perhaps with a path) for JSON. */
export function getJsonFrom(base: string, headers: Readonly<Record<string, string>>): GetJson {
  const root = base.replace(/\/+$/, "");
  return async (path) => {
    const response = await fetch(`${root}${path}`, {
      headers,
      signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
    }).catch((error: unknown) => {
      const cause =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new HistoryError(`${root} cannot be reached: ${cause}`);
    });
    const text = await response.text();
    const body = parseJson(text);
    if (response.ok && body !== undefined) return body;
    throw new HistoryError(`${root} answered ${response.status}: ${problemOf(body) ?? "no JSON"}`);
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `detail` of an RFC 9457 problem, `error` of Prometheus. */
function problemOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { detail, error } = body as { detail?: unknown; error?: unknown };
  return typeof detail === "string" ? detail : typeof error === "string" ? error : undefined;
}
