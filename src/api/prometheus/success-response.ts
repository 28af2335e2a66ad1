import type { Context } from "hono";
import type { Annotation } from "../../promql/annotations.ts";
import { positionText } from "./position-text.ts";

export interface Notices {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

export const NO_NOTICES: Notices = { warnings: [], infos: [] };

/** Where an answer was cut off because of `limit`. */
export const TRUNCATED: Notices = { warnings: ["results truncated due to limit"], infos: [] };

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

/** The envelope of an answer; `data` is JSON already. */
export function successResponse(c: Context, data: string, notices: Notices = NO_NOTICES): Response {
  const list = (name: string, texts: readonly string[]): string =>
    texts.length === 0 ? "" : `,"${name}":${JSON.stringify(texts)}`;
  const tail = list("warnings", notices.warnings) + list("infos", notices.infos);
  return c.body(`{"status":"success","data":${data}${tail}}`, 200, { "content-type": "application/json" });
}
