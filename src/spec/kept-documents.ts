import { posix } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import type { SpecText } from "./collect-objects.ts";
import { loadSpecs } from "./load-specs.ts";

/**
 * What is left of files that are replaced by others: the documents with SLOs that the new ones no longer define, and what
 * such documents may refer to. None when every SLO is still defined. Each lies in the folder of the file it comes from.
 */
export function keptDocuments(old: readonly SpecText[], next: readonly SpecText[]): readonly SpecText[] {
  const defined = new Set(
    next.flatMap(({ path, text }) => valuesOf(text).flatMap((value) => keysOf(value, path))),
  );
  const kept = old.flatMap(({ path, text }): readonly { path: string; values: readonly Fields[] }[] => {
    const values = valuesOf(text)
      .map((value) => withoutDefined(value, path, defined))
      .filter((value) => value !== undefined);
    return values.length === 0 ? [] : [{ path, values }];
  });
  const anySlo = kept.some(({ path, values }) =>
    values.some((value) => keysOf(value, path).some((key) => key.startsWith("SLO/"))),
  );
  if (!anySlo) return [];
  const byPath = new Map<string, Fields[]>();
  for (const { path, values } of kept) {
    const target = keptPath(path);
    byPath.set(target, [...(byPath.get(target) ?? []), ...values]);
  }
  return [...byPath].map(([path, values]) => ({ path, text: `${HEAD}${values.map(print).join("---\n")}` }));
}

const HEAD = "# No longer in the files that were applied. It runs on until they are applied with --prune.\n";
const SUFFIX = ".kept.yaml";

/** True for a file that holds what was kept. */
export function isKeptPath(path: string): boolean {
  return path.endsWith(SUFFIX);
}

function keptPath(path: string): string {
  return isKeptPath(path) ? path : `${path.replace(/\.(ya?ml|json)$/i, "")}${SUFFIX}`;
}

const print = (value: unknown): string => stringify(value, { lineWidth: 0 });

/** SLOs, and what they refer to. What else a file may hold, such as a correction, goes with it. */
const KEPT_KINDS: ReadonlySet<string> = new Set([
  "SLO",
  "SLI",
  "DataSource",
  "Service",
  "AlertPolicy",
  "AlertCondition",
  "AlertNotificationTarget",
]);

type Fields = Readonly<Record<string, unknown>>;

/** The documents of a file, list items taken apart, as plain values; those that are no YAML left out. */
function valuesOf(text: string): readonly Fields[] {
  try {
    const documents = [...parseAllDocuments(text, { logLevel: "silent", uniqueKeys: false, merge: true })];
    return documents.flatMap((document) => {
      if (document.errors.length > 0) return [];
      const value: unknown = document.toJS({ maxAliasCount: 1_000 });
      return itemsOf(value).filter((item) => isFields(item));
    });
  } catch {
    return [];
  }
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  if (isFields(value) && value["kind"] === "List" && Array.isArray(value["items"])) return value["items"];
  return [value];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a document defines: `SLO/<name>`, `AlertPolicy/<name>` …; alert windows are one to a folder. */
function keysOf(value: Fields, path: string): readonly string[] {
  const kind = text(value["kind"]);
  const version = text(value["apiVersion"]);
  if (slothItems(value) !== undefined) {
    return loadSpecs([{ path, text: print(value) }]).slos.map(({ name }) => `SLO/${name}`);
  }
  if (kind === "AlertWindows") return [`AlertWindows/${posix.dirname(path)}`];
  const name = isFields(value["metadata"]) ? text(value["metadata"]["name"]) : "";
  if (name === "") return [];
  if (version.startsWith("pyrra.dev/")) return [`SLO/${name}`];
  return KEPT_KINDS.has(kind) ? [`${kind}/${name}`] : [];
}

/** Undefined when nothing is left of it. */
function withoutDefined(value: Fields, path: string, defined: ReadonlySet<string>): Fields | undefined {
  const items = slothItems(value);
  if (items !== undefined) {
    const left = items.filter(
      (item) => !keysOf(withItems(value, [item]), path).some((key) => defined.has(key)),
    );
    return left.length === 0 ? undefined : withItems(value, left);
  }
  const keys = keysOf(value, path);
  return keys.length === 0 || keys.some((key) => defined.has(key)) ? undefined : value;
}

/** The SLOs of a document of Sloth; undefined for all others. */
function slothItems(value: Fields): readonly unknown[] | undefined {
  const holder = value["kind"] === "PrometheusServiceLevel" ? value["spec"] : value;
  const isSloth =
    value["kind"] === "PrometheusServiceLevel" || text(value["version"]).startsWith("prometheus/");
  return isSloth && isFields(holder) && Array.isArray(holder["slos"]) ? holder["slos"] : undefined;
}

function withItems(value: Fields, slos: readonly unknown[]): Fields {
  return value["kind"] === "PrometheusServiceLevel"
    ? { ...value, spec: { ...(value["spec"] as Fields), slos } }
    : { ...value, slos };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
