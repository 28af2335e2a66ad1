import { report, type Place } from "../place.ts";
import { readPromqlQuery, type FilledQuery, type PromqlQuery } from "../read-promql-query.ts";

/**
 * Takes the place of `{{.window}}`. Counters are counted increase by increase whatever it is; a query that is
 * evaluated looks back as far as Sloth's own shortest rule does.
 */
const RANGE = "5m";
const WINDOW = /\{\{-?\s*\.window\s*-?\}\}/g;

/** Reads a Sloth query: PromQL with `{{.window}}` where a range is to stand. */
export function readWindowQuery(place: Place): PromqlQuery | undefined {
  return readPromqlQuery(place, (written) => fillWindow(written, place));
}

function fillWindow(written: string, place: Place): FilledQuery | undefined {
  const holes = [...written.matchAll(WINDOW)];
  if (holes.length === 0) {
    report(place, "error", "the query has no {{.window}}", "write it as the range: rate(x[{{.window}}])");
    return undefined;
  }
  return {
    text: written.replace(WINDOW, RANGE),
    writtenIndex(index) {
      let written = index;
      for (const hole of holes) {
        if (written <= hole.index) break;
        // Within the range: at its braces.
        written = Math.max(hole.index, written + hole[0].length - RANGE.length);
      }
      return written;
    },
  };
}
