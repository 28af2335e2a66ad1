import { METRIC_NAME } from "../model/labels.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { Matcher } from "../promql/ast.ts";
import { parseQuery } from "../promql/syntax/parse-query.ts";
import { printMatcher } from "../promql/syntax/print-query.ts";
import { selectorsOf } from "../promql/syntax/selectors-of.ts";
import { isWord, listValues, MOST_CANDIDATES, type Finding, type QueryRole } from "./finding.ts";

/** What is asked of the stored series of the time that is looked at. */
export interface SeriesPorts {
  /** Values of a label among the series that pass all matchers, sorted. */
  labelValues(label: string, matchers: readonly Matcher[], limit: number): Promise<readonly string[]>;
  /** Names of the labels of those series, sorted. */
  labelNames(matchers: readonly Matcher[], limit: number): Promise<readonly string[]>;
}

/** Selectors of one query that are looked at. */
const MOST_SELECTORS = 20;

/** The selectors of a PromQL query that no stored series passes, each with the part that is to blame. */
export async function findUnmatchedSeries(
  query: string,
  role: QueryRole,
  ports: SeriesPorts,
): Promise<readonly Finding[]> {
  const parsed = parseQuery(query);
  if (!parsed.ok) return [];
  const distinct = new Map(
    selectorsOf(parsed.expr).map((matchers) => [matchers.map(printMatcher).join(), matchers]),
  );
  const findings: Finding[] = [];
  for (const matchers of [...distinct.values()].slice(0, MOST_SELECTORS)) {
    if (await hasSeries(ports, matchers)) continue;
    const finding = await blame(matchers, role, ports);
    if (finding !== undefined) findings.push({ role, ...finding });
  }
  return findings;
}

type Blame = Pick<Finding, "message" | "hint">;

async function blame(
  matchers: readonly Matcher[],
  role: QueryRole,
  ports: SeriesPorts,
): Promise<Blame | undefined> {
  const onName = matchers.filter(({ label }) => label === METRIC_NAME);
  if (onName.length > 0 && !(await hasSeries(ports, onName))) return blameName(onName, ports);
  for (const matcher of matchers) {
    if (matcher.label === METRIC_NAME || (await hasSeries(ports, [...onName, matcher]))) continue;
    return blameLabel(matcher, onName, role, ports);
  }
  if (role === "bad") return undefined;
  return {
    message: `no series of ${nameOf(onName)} passes all of {${matchers
      .filter(({ label }) => label !== METRIC_NAME)
      .map(printMatcher)
      .join(", ")}} at once, though each by itself is met`,
    hint: "see with a query in Grafana or /prometheus which labels the series have together",
  };
}

async function blameName(onName: readonly Matcher[], ports: SeriesPorts): Promise<Blame> {
  const exact = onName.find(({ operator }) => operator === "=");
  const known = await ports.labelValues(METRIC_NAME, [], MOST_CANDIDATES);
  if (known.length === 0) {
    return { message: "no metric at all has arrived", hint: "send metrics first: docs/metrics.md says how" };
  }
  if (exact === undefined) {
    return {
      message: `no metric has a name that passes ${onName.map(printMatcher).join(", ")}`,
      hint: `it has ${listValues(known)}`,
    };
  }
  const near = nearMetric(exact.value, known);
  return {
    message: `the metric ${exact.value} is unknown`,
    hint:
      near === undefined
        ? "none has a name like it; see whether what should send it does"
        : `did you mean ${near}?`,
  };
}

/** By spelling, or else one with the same words: `_total` and units come and go between exporters. */
function nearMetric(name: string, known: readonly string[]): string | undefined {
  const near = nearestName(name, known);
  if (near !== undefined) return near;
  const words = new Set(name.split("_"));
  const common = (other: string): number => other.split("_").filter((word) => words.has(word)).length;
  const best = known.reduce<string | undefined>(
    (found, other) => (found === undefined || common(other) > common(found) ? other : found),
    undefined,
  );
  return best !== undefined && common(best) * 2 > words.size ? best : undefined;
}

async function blameLabel(
  matcher: Matcher,
  onName: readonly Matcher[],
  role: QueryRole,
  ports: SeriesPorts,
): Promise<Blame | undefined> {
  const metric = nameOf(onName);
  const names = (await ports.labelNames(onName, MOST_CANDIDATES)).filter((name) => name !== METRIC_NAME);
  if (!names.includes(matcher.label)) {
    const near = nearestName(matcher.label, names);
    return {
      message: `${metric} has no label ${matcher.label}`,
      hint: near === undefined ? `it has ${listValues(names)}` : `did you mean ${near}?`,
    };
  }
  const values = await ports.labelValues(matcher.label, onName, MOST_CANDIDATES);
  if (matcher.operator === "!=" || matcher.operator === "!~") {
    return role === "bad"
      ? undefined
      : {
          message: `every series of ${metric} is left out by ${printMatcher(matcher)}`,
          hint: `${matcher.label} has ${listValues(values.map(quoted))}`,
        };
  }
  const near = isWord(matcher.value, role) ? nearestName(matcher.value, values) : undefined;
  if (role === "bad" && near === undefined) return undefined;
  return {
    message: `the label ${matcher.label} of ${metric} never has ${
      matcher.operator === "="
        ? `the value ${quoted(matcher.value)}`
        : `a value like ${quoted(matcher.value)}`
    }`,
    hint: near === undefined ? `it has ${listValues(values.map(quoted))}` : `did you mean ${quoted(near)}?`,
  };
}

async function hasSeries(ports: SeriesPorts, matchers: readonly Matcher[]): Promise<boolean> {
  return (await ports.labelValues(METRIC_NAME, matchers, 1)).length > 0;
}

function nameOf(onName: readonly Matcher[]): string {
  const exact = onName.find(({ operator }) => operator === "=");
  return exact?.value ?? (onName.length === 0 ? "any metric" : onName.map(printMatcher).join(", "));
}

const quoted = (value: string): string => JSON.stringify(value);
