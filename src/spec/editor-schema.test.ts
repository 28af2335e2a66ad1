import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { printSchema } from "../cli/schema.ts";

const CORPORA = "../shared/corpora/slo";
const present = existsSync(CORPORA);
if (!present) console.log(`skipped: no corpora in ${CORPORA}`);

interface Schema {
  readonly [keyword: string]: unknown;
}

const ROOT = JSON.parse(printSchema()) as Schema;

const KNOWN = new Set(
  "$schema $ref definitions title description type const enum allOf anyOf oneOf properties required additionalProperties propertyNames items minItems maxItems minLength maxLength pattern minimum maximum exclusiveMinimum exclusiveMaximum id $id".split(
    " ",
  ),
);

/** As much of JSON Schema as ours uses; throws at what it does not know. Gives what is wrong with the value. */
function faults(schema: Schema, value: unknown, path = ""): readonly string[] {
  for (const keyword of Object.keys(schema)) {
    if (!KNOWN.has(keyword)) throw new Error(`the schema uses ${keyword}`);
  }
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const definitions = ROOT["definitions"] as Readonly<Record<string, Schema>>;
    return faults(definitions[reference.replace("#/definitions/", "")]!, value, path);
  }
  const found: string[] = [];
  const wrong = (what: string): void => void found.push(`${path}: ${what}`);
  const type = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  const types = schema["type"] === undefined ? [type] : [schema["type"]].flat();
  if (!types.includes(type)) wrong(`${type}, not ${JSON.stringify(types)}`);
  if ("const" in schema && schema["const"] !== value) wrong(`not ${JSON.stringify(schema["const"])}`);
  const choices = schema["enum"] as readonly unknown[] | undefined;
  if (choices !== undefined && !choices.includes(value)) wrong(`not one of ${JSON.stringify(choices)}`);
  for (const keyword of ["anyOf", "oneOf"]) {
    const options = schema[keyword] as readonly Schema[] | undefined;
    const all = options?.map((option) => faults(option, value, path)) ?? [];
    const passing = all.filter((list) => list.length === 0).length;
    if (options !== undefined && (keyword === "anyOf" ? passing === 0 : passing !== 1)) {
      found.push(...all.toSorted((a, b) => shallow(a, path) - shallow(b, path) || a.length - b.length)[0]!);
      if (passing > 1) wrong(`${passing} of ${keyword}`);
    }
  }
  for (const part of (schema["allOf"] ?? []) as readonly Schema[]) found.push(...faults(part, value, path));
  if (typeof value === "string") found.push(...textFaults(schema, value, path));
  if (typeof value === "number") found.push(...numberFaults(schema, value, path));
  if (Array.isArray(value)) found.push(...itemFaults(schema, value, path));
  else if (typeof value === "object" && value !== null) found.push(...fieldFaults(schema, value, path));
  return found;
}

/** Options that fail at the value itself are not what was meant. */
function shallow(list: readonly string[], path: string): number {
  return list.filter((fault) => fault.startsWith(`${path}: `) || fault.startsWith(`${path}.kind: `)).length;
}

function textFaults(schema: Schema, value: string, path: string): readonly string[] {
  const pattern = schema["pattern"];
  const ok =
    (typeof pattern !== "string" || new RegExp(pattern, "u").test(value)) &&
    value.length >= Number(schema["minLength"] ?? 0) &&
    value.length <= Number(schema["maxLength"] ?? Infinity);
  return ok ? [] : [`${path}: ${JSON.stringify(value)}`];
}

function numberFaults(schema: Schema, value: number, path: string): readonly string[] {
  const ok =
    value >= Number(schema["minimum"] ?? -Infinity) &&
    value <= Number(schema["maximum"] ?? Infinity) &&
    value > Number(schema["exclusiveMinimum"] ?? -Infinity) &&
    value < Number(schema["exclusiveMaximum"] ?? Infinity);
  return ok ? [] : [`${path}: ${value}`];
}

function itemFaults(schema: Schema, value: readonly unknown[], path: string): readonly string[] {
  const size =
    value.length >= Number(schema["minItems"] ?? 0) && value.length <= Number(schema["maxItems"] ?? Infinity);
  const items = schema["items"] as Schema | undefined;
  const inner =
    items === undefined ? [] : value.flatMap((item, index) => faults(items, item, `${path}[${index}]`));
  return size ? inner : [...inner, `${path}: ${value.length} items`];
}

function fieldFaults(schema: Schema, value: object, path: string): readonly string[] {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
  const others = (schema["additionalProperties"] ?? {}) as Schema | boolean;
  const missing = ((schema["required"] ?? []) as readonly string[]).filter((name) => !(name in value));
  const inner = Object.entries(value).flatMap(([name, field]) => {
    const own = properties[name] ?? others;
    if (typeof own === "boolean") return own ? [] : [`${path}.${name}: unknown`];
    return faults(own, field, `${path}.${name}`);
  });
  return [...missing.map((name) => `${path}: no ${name}`), ...inner];
}

function specFiles(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return specFiles(path);
    return /\.(ya?ml|json)$/.test(name) && !/\.test\.ya?ml$/.test(name) ? [path] : [];
  });
}

function documents(text: string): readonly unknown[] {
  return [...parseAllDocuments(text)].map((document): unknown => document.toJS());
}

function isOpenSlo(document: unknown): boolean {
  const first: unknown = Array.isArray(document) ? document[0] : document;
  return (
    typeof first === "object" && first !== null && "apiVersion" in first && first.apiVersion === "openslo/v1"
  );
}

function faultsOfFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) =>
    documents(readFileSync(path, "utf8"))
      .filter(isOpenSlo)
      .flatMap((document) => faults(ROOT, document).map((fault) => `${path}: ${fault}`)),
  );
}

describe("noroshi schema", () => {
  it("is what is published in docs/openslo.schema.json", () => {
    // Written anew by: noroshi schema > docs/openslo.schema.json && oxfmt docs/openslo.schema.json
    expect(JSON.parse(readFileSync("docs/openslo.schema.json", "utf8"))).toEqual(ROOT);
  });

  it("passes every spec of this repository, each of which names it for editors", () => {
    const paths = specFiles("slo-specs");
    expect(paths.length).toBeGreaterThan(5);
    expect(faultsOfFiles(paths)).toEqual([]);
    for (const path of paths) {
      const [first] = readFileSync(path, "utf8").split("\n", 1);
      expect(first, path).toBe("# yaml-language-server: $schema=../docs/openslo.schema.json");
    }
  });

  it("passes what convert gives, and every spec that the documentation shows", () => {
    expect(faultsOfFiles([...specFiles("test/convert"), ...specFiles("test/presets")])).toEqual([]);
    const blocks = readFileSync("docs/slo-specs.md", "utf8").matchAll(/```yaml\n([\s\S]*?)```/g);
    const shown = [...blocks].flatMap(([, text = ""]) => documents(text)).filter(isOpenSlo);
    expect(shown.length).toBeGreaterThan(3);
    for (const document of shown) expect(faults(ROOT, document)).toEqual([]);
  });

  it.skipIf(!present)("passes every valid document of the corpora", () => {
    const valid = specFiles(CORPORA).filter((path) => !path.includes("/oslo/test/inputs/validate/"));
    expect(faultsOfFiles(valid)).toEqual([]);
  });

  it.each([
    ["an unknown field", "  servise: payment\n", ".spec.servise: unknown"],
    ["a bad duration", "  timeWindow: [{duration: 30 days}]\n", '.spec.timeWindow[0].duration: "30 days"'],
    ["a target that is none", "  objectives: [{target: 99.9}]\n", ".spec.objectives[0].target: 99.9"],
    ["a method that is none", "  budgetingMethod: Events\n", ".spec.budgetingMethod: not one of"],
  ])("marks %s", (_, line, fault) => {
    const fields: Record<string, string> = {
      service: "  service: a\n",
      budgetingMethod: "  budgetingMethod: Occurrences\n",
      objectives: "  objectives: [{target: 0.9}]\n",
    };
    fields[line.trim().split(":", 1)[0]!] = line;
    const text = `apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n${Object.values(fields).join("")}`;
    expect(faults(ROOT, parse(text)).join("\n")).toContain(fault);
  });
});
