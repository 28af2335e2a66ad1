import { counterTerms } from "../../promql/counter-terms.ts";
import { printQuery } from "../../promql/syntax/print-query.ts";
import { withoutParens } from "../../promql/syntax/without-parens.ts";
import { defineMetricsIndicator } from "../../slo/define-indicator.ts";
import type { Indicator } from "../../slo/indicator.ts";
import { reportMissing, requireField } from "../fields.ts";
import { report, reportUnsupported, type Place } from "../place.ts";
import { metricsRatio } from "../read-metrics-ratio.ts";
import type { PromqlQuery } from "../read-promql-query.ts";
import { readLenientFields } from "./lenient-fields.ts";
import type { LossList } from "./loss.ts";
import type { SlothSpelling } from "./sloth-fields.ts";
import { readWindowQuery } from "./window-query.ts";

/** Reads `sli`: events, or a ratio of errors. */
export function readSlothSli(place: Place, spelling: SlothSpelling, losses: LossList): Indicator | undefined {
  const fields = readLenientFields(place, ["events", "raw", "plugin"], "Sloth", losses);
  if (fields === undefined) return undefined;
  const plugin = fields.get("plugin");
  if (plugin !== undefined) {
    const hint = `write events: with the queries that the plugin makes, ${spelling.errorQuery} and ${spelling.totalQuery}`;
    reportUnsupported({ ...fields.key("plugin"), path: plugin.path }, "an SLI of a Sloth plugin", hint);
    return undefined;
  }
  const events = fields.get("events");
  const raw = fields.get("raw");
  if (events !== undefined && raw !== undefined) {
    report(fields.key("raw"), "error", "raw stands beside events", "keep one of the two");
    return undefined;
  }
  if (events !== undefined) return readEvents(events, spelling, losses);
  if (raw !== undefined) return readRatio(raw, spelling, losses);
  const { errorQuery, totalQuery } = spelling;
  reportMissing(fields, "events", `write events: {${errorQuery}: '…', ${totalQuery}: '…'}`);
  return undefined;
}

function readEvents(place: Place, spelling: SlothSpelling, losses: LossList): Indicator | undefined {
  const { errorQuery, totalQuery } = spelling;
  const fields = readLenientFields(place, [errorQuery, totalQuery], "Sloth", losses);
  if (fields === undefined) return undefined;
  const errorsPlace = requireField(fields, errorQuery, `write ${errorQuery}: 'sum(rate(…[{{.window}}]))'`);
  const totalPlace = requireField(fields, totalQuery, `write ${totalQuery}: 'sum(rate(…[{{.window}}]))'`);
  const errors = errorsPlace && readWindowQuery(errorsPlace);
  const total = totalPlace && readWindowQuery(totalPlace);
  if (errors === undefined || total === undefined) return undefined;
  if (errors.text === total.text) {
    report(
      errorsPlace!,
      "error",
      `${errorQuery} is the same as ${totalQuery}`,
      "write what tells errors apart",
    );
    return undefined;
  }
  const part = { query: errors, place: errorsPlace! };
  return metricsRatio({ query: total, place: totalPlace! }, "bad", part, { bareCounters: false });
}

function readRatio(place: Place, spelling: SlothSpelling, losses: LossList): Indicator | undefined {
  const { errorRatioQuery } = spelling;
  const fields = readLenientFields(place, [errorRatioQuery], "Sloth", losses);
  const queryPlace = fields && requireField(fields, errorRatioQuery, `write ${errorRatioQuery}: '…'`);
  const query = queryPlace && readWindowQuery(queryPlace);
  if (query === undefined) return undefined;
  return (
    countedRatio(query, queryPlace!) ??
    defineMetricsIndicator({ kind: "raw", rawType: "failure", query: query.text })
  );
}

/** Errors by all of them, both sums of counters, are events that can be counted, which is exact over every window. */
function countedRatio({ expr }: PromqlQuery, place: Place): Indicator | undefined {
  const whole = withoutParens(expr);
  if (whole.type !== "binary" || whole.operator !== "/") return undefined;
  const [errors, total] = [whole.left, whole.right].map((side) => ({
    query: { expr: side, text: printQuery(withoutParens(side)) },
    place,
  }));
  const options = { bareCounters: false };
  if (!counterTerms(whole.left, options).ok || !counterTerms(whole.right, options).ok) return undefined;
  return metricsRatio(total!, "bad", errors!, options);
}
