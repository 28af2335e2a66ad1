import { suggestName } from "../../model/nearest-name.ts";
import { readCondition, readExpression, type Scope } from "./read-expression.ts";
import { readTags, type TemplatePiece } from "./read-tags.ts";
import type { Template, TemplateNames, TemplateNode } from "./template.ts";

/** Longer and deeper ones are mistakes, or meant to do harm. */
const MOST_CHARS = 10_000;
const MOST_DEPTH = 8;

export type ReadTemplate =
  | { readonly ok: true; readonly template: Template }
  /** Each with its place, as `line 2: unknown name "slow": did you mean "slo"?`. */
  | { readonly ok: false; readonly problems: readonly string[] };

interface Frame {
  readonly tag: "if" | "each" | "root";
  readonly offset: number;
  readonly scope: Scope;
  readonly nodes: TemplateNode[];
  /** Set at the `else` of an if. */
  otherwise: TemplateNode[] | undefined;
  readonly finish: (frame: Frame) => TemplateNode | undefined;
}

/**
 * Reads a template: text with `{{ name }}`, filters behind `|`, `{{#if name}} … {{else}} … {{/if}}` and
 * `{{#each list}} … {{/each}}`. Every name and filter must be known: what is wrong is said now, and not when an alert is due.
 */
export function readTemplate(source: string, names: TemplateNames): ReadTemplate {
  if (source.length > MOST_CHARS) {
    return { ok: false, problems: [`a template has at most ${MOST_CHARS} characters`] };
  }
  const problems: string[] = [];
  const refuse = (offset: number, problem: string): void => {
    const lines = source.slice(0, offset).split("\n").length;
    problems.push(source.includes("\n") ? `line ${lines}: ${problem}` : problem);
  };
  const { pieces, unclosedAt } = readTags(source);
  if (unclosedAt !== undefined) refuse(unclosedAt, "{{ is not closed by }}");
  const root: Frame = {
    tag: "root",
    offset: 0,
    scope: { names, item: undefined },
    nodes: [],
    otherwise: undefined,
    finish: () => undefined,
  };
  const stack = [root];
  for (const piece of pieces) readPiece(piece, stack, refuse);
  for (const open of stack.slice(1))
    refuse(open.offset, `{{#${open.tag}}} is not closed by {{/${open.tag}}}`);
  return problems.length === 0 ? { ok: true, template: root.nodes } : { ok: false, problems };
}

type Refuse = (offset: number, problem: string) => void;

function readPiece(piece: TemplatePiece, stack: Frame[], refuse: Refuse): void {
  const frame = stack.at(-1)!;
  const into = frame.otherwise ?? frame.nodes;
  if (piece.kind === "text") {
    if (piece.text !== "") into.push({ kind: "text", text: piece.text });
    return;
  }
  const { code, offset } = piece;
  if (code.startsWith("!")) return;
  if (code.startsWith("#")) return openBlock(code, offset, stack, refuse);
  if (code.startsWith("/")) return closeBlock(code.slice(1).trim(), offset, stack, refuse);
  if (code === "else") {
    if (frame.tag !== "if" || frame.otherwise !== undefined) {
      refuse(offset, "{{else}} belongs into {{#if}}, once");
    } else {
      frame.otherwise = [];
    }
    return;
  }
  const read = readExpression(code, frame.scope);
  if (read.ok) into.push({ kind: "value", value: read.value });
  else refuse(offset, read.problem);
}

function openBlock(code: string, offset: number, stack: Frame[], refuse: Refuse): void {
  const [, tag = "", rest = ""] = /^#\s*(\w*)\s*([\s\S]*)$/.exec(code) ?? [];
  const { scope } = stack.at(-1)!;
  if (stack.length > MOST_DEPTH) refuse(offset, `blocks lie at most ${MOST_DEPTH} deep in one another`);
  const frame = { offset, nodes: [], otherwise: undefined };
  if (tag === "each") {
    const item = scope.names.lists[rest];
    if (item === undefined) {
      refuse(offset, `unknown list "${rest}": ${suggestName(rest, Object.keys(scope.names.lists))}`);
    }
    stack.push({
      ...frame,
      tag,
      scope: { ...scope, item: item ?? [] },
      finish: ({ nodes }) => ({ kind: "each", list: rest, body: nodes }),
    });
    return;
  }
  if (tag !== "if") return refuse(offset, `unknown block "#${tag}": write {{#if name}} or {{#each list}}`);
  const condition = readCondition(rest, scope);
  if (!condition.ok) refuse(offset, condition.problem);
  stack.push({
    ...frame,
    tag,
    scope,
    finish: ({ nodes, otherwise }) =>
      condition.ok
        ? { kind: "if", condition: condition.value, holds: nodes, otherwise: otherwise ?? [] }
        : undefined,
  });
}

function closeBlock(tag: string, offset: number, stack: Frame[], refuse: Refuse): void {
  const frame = stack.at(-1)!;
  if (frame.tag !== tag || frame.tag === "root") {
    const expected = frame.tag === "root" ? "no block is open here" : `{{/${frame.tag}}} comes first`;
    return refuse(offset, `{{/${tag}}}: ${expected}`);
  }
  stack.pop();
  const node = frame.finish(frame);
  const outer = stack.at(-1)!;
  if (node !== undefined) (outer.otherwise ?? outer.nodes).push(node);
}
