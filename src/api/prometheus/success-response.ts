import type { Context } from "hono";
import type { Annotation } from "../../promql/annotations.ts";
import { jsonResponse } from "./json-response.ts";
import { positionText } from "./position-text.ts";

export interface Notices {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

const NO_NOTICES: Notices = { warnings: [], infos: [] };

/** Where an answer was cut off because of `limit`. */
export const TRUNCATED = "results truncated due to limit";

/** Of each level; what is beyond is counted in one line. */
const MOST_NOTICES = 10;

/** Annotations as Prometheus words them: `PromQL warning: … (1:5)`. */
export function noticesOf(query: string, annotations: readonly Annotation[]): Notices {
  const texts = (level: Annotation["level"]): readonly string[] => {
    const all = annotations
      .filter((annotation) => annotation.level === level)
      .map(({ message, range }) => {
        const position = range === undefined ? "" : ` (${positionText(query, range.start)})`;
        return `PromQL ${level}: ${message}${position}`;
      });
    if (all.length <= MOST_NOTICES) return all;
    const rest = all.length - MOST_NOTICES;
    return [...all.slice(0, MOST_NOTICES), `${rest} more ${level} annotations omitted`];
  };
  return { warnings: texts("warning"), infos: texts("info") };
}

/**
 * The envelope of an answer; `data` is JSON already, whole or in parts. `notices` is asked after the last part, when it
 * is known whether anything was cut off.
 */
export function successResponse(
  c: Context,
  data: string | Iterable<string>,
  notices: () => Notices = () => NO_NOTICES,
): Response {
  return jsonResponse(c, enveloped(typeof data === "string" ? [data] : data, notices));
}

function* enveloped(data: Iterable<string>, notices: () => Notices): Generator<string> {
  const list = (name: string, texts: readonly string[]): string =>
    texts.length === 0 ? "" : `,"${name}":${JSON.stringify(texts)}`;
  yield `{"status":"success","data":`;
  yield* data;
  const { warnings, infos } = notices();
  yield `${list("warnings", warnings)}${list("infos", infos)}}`;
}

/** `[a,b]`, in parts. */
export function* jsonArray(items: Iterable<string>): Generator<string> {
  let separator = "[";
  for (const item of items) {
    yield separator + item;
    separator = ",";
  }
  yield separator === "[" ? "[]" : "]";
}
