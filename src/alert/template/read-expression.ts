import { suggestName } from "../../model/nearest-name.ts";
import {
  FILTER_NAMES,
  type FilterName,
  type TemplateCondition,
  type TemplateExpression,
  type TemplateFilter,
  type TemplateNames,
  type TemplateOperand,
} from "./template.ts";

/** What was read, or why it could not be. */
type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Names that may be used at a place: of an item of a list its own come first. */
export interface Scope {
  readonly names: TemplateNames;
  readonly item: readonly string[] | undefined;
}

const TEXT = /^"([^"]*)"$/;
const NAME = /^[a-z][a-z0-9_]*(?:\.[\w./-]+)?$/i;

/** `name`, `"text"`, and filters behind `|`. */
export function readExpression(code: string, scope: Scope): Read<TemplateExpression> {
  const [first = "", ...rest] = splitOutsideQuotes(code, "|");
  const operand = readOperand(first.trim(), scope);
  if (!operand.ok) return operand;
  const filters: TemplateFilter[] = [];
  for (const text of rest) {
    const filter = readFilter(text.trim());
    if (!filter.ok) return filter;
    filters.push(filter.value);
  }
  return { ok: true, value: { operand: operand.value, filters } };
}

/** `name`, `not name`, `name == "text"`, `name != "text"`. */
export function readCondition(code: string, scope: Scope): Read<TemplateCondition> {
  const compared = /^(\S+)\s*(==|!=)\s*"([^"]*)"$/.exec(code);
  const negated = /^(?:not\s+|!\s*)(.+)$/.exec(code);
  const name = compared?.[1] ?? negated?.[1] ?? code;
  const known = checkName(name, scope, true);
  if (known !== undefined) return { ok: false, problem: known };
  const isNot = compared === null ? negated !== null : compared[2] === "!=";
  return { ok: true, value: { name, isNot, ...(compared === null ? {} : { equals: compared[3]! }) } };
}

function readOperand(code: string, scope: Scope): Read<TemplateOperand> {
  const text = TEXT.exec(code);
  if (text !== null) return { ok: true, value: { kind: "text", text: text[1]! } };
  const problem = checkName(code, scope, false);
  return problem === undefined ? { ok: true, value: { kind: "name", name: code } } : { ok: false, problem };
}

function readFilter(code: string): Read<TemplateFilter> {
  const match = /^([a-z]+)(?:\s*:?\s*("[^"]*"))?$/i.exec(code);
  const name = match?.[1] ?? code;
  if (!(FILTER_NAMES as readonly string[]).includes(name)) {
    return { ok: false, problem: `unknown filter "${name}": ${suggestName(name, FILTER_NAMES)}` };
  }
  const argument = match?.[2]?.slice(1, -1);
  if ((name === "default") !== (argument !== undefined)) {
    const usage = name === "default" ? 'write for instance default "none"' : "it takes no text";
    return { ok: false, problem: `filter "${name}": ${usage}` };
  }
  return { ok: true, value: { name: name as FilterName, argument } };
}

/** Why this name cannot be used here; undefined where it can. */
function checkName(name: string, { names, item }: Scope, mayBeList: boolean): string | undefined {
  if (name === "") return "there is nothing between the braces";
  const known = [...(item ?? []), ...names.scalars];
  if (known.includes(name)) return undefined;
  if (names.open.some((prefix) => name.startsWith(prefix)) && NAME.test(name)) return undefined;
  const lists = Object.keys(names.lists);
  if (lists.includes(name)) {
    return mayBeList ? undefined : `"${name}" is a list: write {{#each ${name}}} … {{/each}}`;
  }
  const open = names.open.map((prefix) => `${prefix}<name>`);
  return `unknown name "${name}": ${suggestName(name, [...known, ...lists, ...open])}`;
}

function splitOutsideQuotes(code: string, separator: string): string[] {
  const parts = [""];
  let isQuoted = false;
  for (const character of code) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === separator && !isQuoted) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}
