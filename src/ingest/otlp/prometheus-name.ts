/** What a metric is to the rules of naming. */
export type NamedKind = "gauge" | "counter" | "other";

/** Units of UCUM that have a word; https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/. */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  TiBy: "tebibytes",
  kBy: "kilobytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "1": "",
  "%": "percent",
};

/** After "per" a unit stands in the singular, and m is a minute. */
const PER_WORDS: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};

interface UnitWords {
  readonly main: string;
  /** With "per_" in front; "" when there is none. */
  readonly per: string;
}

/**
 * The name that Prometheus gives a metric of OTLP by default (UnderscoreEscapingWithSuffixes): other characters become
 * single underscores, the unit in words and the kind's suffix are added where they are missing. "" when nothing is left.
 */
export function prometheusMetricName(name: string, unit: string, kind: NamedKind): string {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== "");
  const { main, per } = unitWords(unit);
  const perWord = per === "per_" ? "" : withoutLast(per);
  const mainWord = words.includes(main) ? "" : main;
  if (mainWord !== "") words.push(perWord === "" ? mainWord : withoutLast(mainWord));
  if (perWord !== "") words.push(perWord);
  if (kind === "counter") words = atEnd(words, "total");
  // Counters of things often have the unit 1 as well; only a gauge is sure to be a ratio.
  if (unit === "1" && kind === "gauge") words = atEnd(words, "ratio");
  const joined = words.join("_");
  return /^\d/.test(joined) ? `_${joined}` : joined;
}

/** A unit in the words that stand in metric names: `By/s` is `bytes_per_second`. */
export function prometheusUnit(unit: string): string {
  const { main, per } = unitWords(unit);
  return [main, per]
    .filter((word) => word !== "")
    .join("_")
    .replace(/_$/, "");
}

/** The name that Prometheus gives an attribute; "" when it has neither a letter nor a digit. */
export function prometheusLabelName(key: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9_]/gu, "_");
  if (name !== key && /^_*$/.test(name)) return "";
  if (/^\d/.test(name)) return `key_${name}`;
  // One underscore in front is the mark of private names, two of Prometheus's own.
  return name.startsWith("_") && !name.startsWith("__") ? `key${name}` : name;
}

function unitWords(unit: string): UnitWords {
  const slash = unit.indexOf("/");
  const main = unitWord(slash < 0 ? unit : unit.slice(0, slash), UNIT_WORDS);
  const per = slash < 0 ? "" : unitWord(unit.slice(slash + 1), PER_WORDS);
  return { main: cleaned(main), per: per === "" ? "" : cleaned(`per_${per}`) };
}

/** Braces hold remarks such as {request}, which are no units. */
function unitWord(unit: string, words: Readonly<Record<string, string>>): string {
  const trimmed = unit.trim();
  if (/[{}]/.test(trimmed)) return "";
  return Object.hasOwn(words, trimmed) ? words[trimmed]! : trimmed;
}

const cleaned = (unit: string): string =>
  unit
    .replaceAll(/[^a-zA-Z0-9:]/gu, "_")
    .replaceAll(/__+/g, "_")
    .replace(/^_/, "");

const withoutLast = (word: string): string => (word.endsWith("_") ? word.slice(0, -1) : word);

const atEnd = (words: readonly string[], last: string): string[] => [
  ...words.filter((word) => word !== last),
  last,
];
