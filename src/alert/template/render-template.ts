import { formatDuration } from "../../slo/format-duration.ts";
import { formatPercent } from "../../slo/format-percent.ts";
import type {
  Template,
  TemplateCondition,
  TemplateExpression,
  TemplateFilter,
  TemplateScalar,
  TemplateValues,
} from "./template.ts";

/** Far above every receiver's limit; lists in lists must not fill the memory. */
const MOST_CHARS = 50_000;

/**
 * The text of a template. `escape` is applied to every value and to nothing else: the template's own text may use what the
 * receiver understands, what it shows may not. Cut at 50,000 characters.
 */
export function renderTemplate(
  template: Template,
  values: TemplateValues,
  escape: (text: string) => string = (text) => text,
): string {
  const pieces: string[] = [];
  let left = MOST_CHARS;
  const write = (text: string): void => {
    const taken = text.length <= left ? text : text.slice(0, Math.max(0, left));
    left -= taken.length;
    if (taken !== "") pieces.push(taken);
  };
  renderNodes(template, { values, item: undefined, escape, write, isFull: () => left <= 0 });
  return pieces.join("");
}

interface Rendering {
  readonly values: TemplateValues;
  readonly item: Readonly<Record<string, TemplateScalar>> | undefined;
  readonly escape: (text: string) => string;
  readonly write: (text: string) => void;
  readonly isFull: () => boolean;
}

function renderNodes(nodes: Template, rendering: Rendering): void {
  for (const node of nodes) {
    if (rendering.isFull()) return;
    switch (node.kind) {
      case "text":
        rendering.write(node.text);
        break;
      case "value":
        rendering.write(rendering.escape(textOf(node.value, rendering)));
        break;
      case "if":
        renderNodes(holds(node.condition, rendering) ? node.holds : node.otherwise, rendering);
        break;
      case "each":
        for (const item of rendering.values.lists[node.list] ?? []) {
          renderNodes(node.body, { ...rendering, item });
        }
        break;
      default:
        node satisfies never;
    }
  }
}

const NOTHING: TemplateScalar = { raw: null, text: "" };

function lookUp(name: string, { values, item }: Rendering): TemplateScalar {
  if (item !== undefined && Object.hasOwn(item, name)) return item[name]!;
  return Object.hasOwn(values.scalars, name) ? values.scalars[name]! : NOTHING;
}

/** 0 is a value; an empty text and an empty list are none. */
function holds({ name, isNot, equals }: TemplateCondition, rendering: Rendering): boolean {
  const list = rendering.values.lists[name];
  const { raw, text } = lookUp(name, rendering);
  const isTrue =
    equals !== undefined
      ? String(raw ?? "") === equals || text === equals
      : list === undefined
        ? raw !== null && raw !== "" && raw !== false
        : list.length > 0;
  return isTrue !== isNot;
}

function textOf({ operand, filters }: TemplateExpression, rendering: Rendering): string {
  const start =
    operand.kind === "text" ? { raw: operand.text, text: operand.text } : lookUp(operand.name, rendering);
  return filters.reduce<TemplateScalar>(applyFilter, start).text;
}

function applyFilter(value: TemplateScalar, { name, argument }: TemplateFilter): TemplateScalar {
  switch (name) {
    case "upper":
      return plain(value.text.toUpperCase());
    case "lower":
      return plain(value.text.toLowerCase());
    case "default":
      return value.text === "" ? plain(argument ?? "") : value;
    case "json":
      return plain(JSON.stringify(value.raw));
    case "duration":
      return typeof value.raw === "number" ? plain(formatDuration(value.raw)) : value;
    case "percent":
      return typeof value.raw === "number" ? plain(formatPercent(value.raw)) : value;
  }
}

function plain(text: string): TemplateScalar {
  return { raw: text, text };
}
