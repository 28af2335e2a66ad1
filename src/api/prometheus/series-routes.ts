import type { Context, Hono } from "hono";
import type { Matcher } from "../../promql/ast.ts";
import { compareLabels } from "../../promql/eval/compare-labels.ts";
import { goQuote } from "../../promql/syntax/go-quote.ts";
import { compileMatcher, isSimplePattern } from "../../promql/syntax/label-matcher.ts";
import { parseMatchers } from "../../promql/syntax/parse-query.ts";
import { invalidParameter, PrometheusApiError, unparsable } from "./api-error.ts";
import { decodeLabelName } from "./label-name.ts";
import { isCostlyToParse } from "./parse-cost.ts";
import type { PrometheusPorts, SeriesSelection } from "./ports.ts";
import { readQuery } from "./query-routes.ts";
import { readLimit, readMetadataLimit, readParams, readTimeRange } from "./read-params.ts";
import type { Params } from "./read-params.ts";
import { labelsJson, secondsText, valueText } from "./sample-json.ts";
import { selectorsOf } from "../../promql/syntax/selectors-of.ts";
import { jsonArray, successResponse, TRUNCATED } from "./success-response.ts";

/** Adds `series`, `labels`, `label/<name>/values`, `metadata` and `query_exemplars`. */
export function addSeriesRoutes(app: Hono, ports: PrometheusPorts): void {
  app.on(["GET", "POST"], "/series", async (c) => {
    const params = await readParams(c);
    if (params.all("match[]").length === 0) {
      throw new PrometheusApiError("bad_data", "no match[] parameter provided");
    }
    return list(
      c,
      ports,
      params,
      async (selection) => [...(await ports.series(selection))].sort(compareLabels),
      (labels) => labelsJson(labels),
    );
  });
  app.on(["GET", "POST"], "/labels", async (c) => {
    const params = await readParams(c);
    return list(c, ports, params, (selection) => ports.labelNames(selection), JSON.stringify);
  });
  app.get("/label/:name/values", async (c) => {
    const params = await readParams(c);
    const name = decodeLabelName(c.req.param("name"));
    if (name === "" || name.includes("\ufffd")) {
      throw new PrometheusApiError("bad_data", `invalid label name: ${goQuote(name)}`);
    }
    return list(c, ports, params, (selection) => ports.labelValues(name, selection), JSON.stringify);
  });
  app.get("/metadata", (c) => answerMetadata(c, ports));
  app.on(["GET", "POST"], "/query_exemplars", (c) => answerExemplars(c, ports));
}

/** Asks for one more than wanted, to know whether there are more. */
async function list<T>(
  c: Context,
  ports: PrometheusPorts,
  params: Params,
  ask: (selection: SeriesSelection) => Promise<readonly T[]>,
  write: (item: T) => string,
): Promise<Response> {
  const limit = Math.min(readLimit(params) ?? ports.maxListed, ports.maxListed);
  const range = readTimeRange(params);
  const texts = params.all("match[]");
  refuseCostly(texts);
  const selectors = texts.map(readMatchers);
  const items = await ask({ selectors, range, limit: limit + 1, signal: c.req.raw.signal });
  const isCut = items.length > limit;
  return successResponse(c, jsonArray(written(isCut ? items.slice(0, limit) : items, write)), () => ({
    warnings: isCut ? [TRUNCATED] : [],
    infos: [],
  }));
}

function* written<T>(items: readonly T[], write: (item: T) => string): Generator<string> {
  for (const item of items) yield write(item);
}

function refuseCostly(texts: readonly string[]): void {
  const costly = texts.map((text) =>
    text.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (literal, inner: string) =>
      isSimplePattern(inner.replaceAll("\\\\", "\\")) ? "" : literal,
    ),
  );
  if (!isCostlyToParse(costly.join(","))) return;
  throw invalidParameter("match[]", "too much to match by; use fewer, or simpler, regular expressions");
}

function passesEmpty(matcher: Matcher): boolean {
  const { operator, value } = matcher;
  // As a list of texts it means the same to JavaScript, which needs not compile it first.
  if ((operator === "=~" || operator === "!~") && isSimplePattern(value)) {
    return new RegExp(`^(?:${value})$`, "s").test("") === (operator === "=~");
  }
  return compileMatcher(matcher)("");
}

function readMatchers(text: string): readonly Matcher[] {
  const parsed = parseMatchers(text);
  if (!parsed.ok) throw unparsable("match[]", text, parsed.error);
  if (parsed.matchers.some((matcher) => !passesEmpty(matcher))) return parsed.matchers;
  throw invalidParameter("match[]", "match[] must contain at least one non-empty matcher");
}

async function answerMetadata(c: Context, ports: PrometheusPorts): Promise<Response> {
  const params = await readParams(c);
  const limit = readMetadataLimit(params, "limit") ?? ports.maxListed;
  const perMetric = readMetadataLimit(params, "limit_per_metric") ?? ports.maxListed;
  const metric = params.first("metric");
  const { signal } = c.req.raw;
  const found =
    limit === 0 ? [] : await ports.metadata({ metric, limit: Math.min(limit, ports.maxListed), signal });
  const byMetric = new Map<string, string[]>();
  for (const { metric: name, type, help, unit } of found) {
    const known = byMetric.get(name) ?? [];
    byMetric.set(name, known);
    if (perMetric === 0 || known.length < perMetric) known.push(JSON.stringify({ type, help, unit }));
  }
  const fields = [...byMetric]
    .slice(0, limit)
    .map(([name, entries]) => `${JSON.stringify(name)}:[${entries.join(",")}]`);
  return successResponse(c, `{${fields.join(",")}}`);
}

async function answerExemplars(c: Context, ports: PrometheusPorts): Promise<Response> {
  const params = await readParams(c);
  const range = readTimeRange(params);
  const selectors = selectorsOf(readQuery(params).expr);
  if (selectors.length === 0) return successResponse(c, "[]");
  const found = await ports.exemplars({ selectors, range, limit: ports.maxListed, signal: c.req.raw.signal });
  const parts = found.map(({ series, exemplars }) => {
    const points = exemplars.map(
      ({ labels, value, timeMs }) =>
        `{"labels":${labelsJson(labels)},"value":"${valueText(value)}","timestamp":${secondsText(timeMs)}}`,
    );
    return `{"seriesLabels":${labelsJson(series)},"exemplars":[${points.join(",")}]}`;
  });
  return successResponse(c, `[${parts.join(",")}]`);
}
