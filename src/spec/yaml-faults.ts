import type { YAMLParseError } from "yaml";
import { placeIn, report, type SpecDocument } from "./place.ts";

/** Why a file cannot be a spec, whatever the parser makes of it. */
export interface FileFault {
  /** Where, in characters from the start of the file. */
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/**
 * A template's braces where a value or a line begins; within quotes and comments they are text. The window of Sloth's
 * queries is for us to fill in.
 */
const TEMPLATE = /^(?:[^#'"\n]*:[ \t]+|[ \t]*(?:- +)?)\{\{(?!-?\s*\.window\s*-?\}\})/m;

/**
 * Finds what would make the parser stumble in ways that tell nothing: bytes that are no UTF-8, a template that was not
 * rendered, comments in JSON. `ours`: the file looks like OpenSLO, so that templates of others are left alone.
 */
export function fileFault(file: string, text: string, ours: boolean): FileFault | undefined {
  if (!ours) return undefined;
  // Bytes that are no UTF-8 decode to U+FFFD; in UTF-16, NUL follows every plain letter.
  const strange = text.search(/[\0\uFFFD]/);
  if (strange >= 0) {
    return { offset: strange, message: "the file is not UTF-8 text", hint: "save it as UTF-8" };
  }
  const template = TEMPLATE.exec(text);
  if (template !== null) {
    return {
      offset: template.index + template[0].length - 2,
      message: "the file is a template, {{ … }} is not filled in",
      hint: "render it first (helm template, or what you use), and point at the result",
    };
  }
  const comment = file.endsWith(".json") ? commentInJson(text) : undefined;
  return comment === undefined
    ? undefined
    : { offset: comment, message: "JSON has no comments", hint: "remove it, or write the file as YAML" };
}

/** Where a comment begins, outside of strings. */
function commentInJson(text: string): number | undefined {
  for (const match of text.matchAll(/"(?:[^"\\]|\\[^])*"?|\/\/|\/\*/g)) {
    if (match[0].startsWith("/")) return match.index;
  }
  return undefined;
}

/** Reports the first syntax error of a document: what the parser finds after it follows from it. */
export function reportSyntaxError(document: SpecDocument, errors: readonly YAMLParseError[]): void {
  const [error] = errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (error === undefined) return;
  const { offset, message, hint } = explainSyntaxError(document.text, error);
  report(placeIn(document, Math.min(offset, document.text.length)), "error", message, hint);
}

function explainSyntaxError(text: string, error: YAMLParseError): FileFault {
  const offset = error.pos[0];
  if (error.code === "TAB_AS_INDENT") {
    // The parser points at the line before; the tab is what people look for.
    const tab = text.indexOf("\t", offset);
    const hint = "indent with spaces";
    return { offset: tab < 0 ? offset : tab, message: "a tab is used for indentation", hint };
  }
  const line = lineAt(text, offset);
  if (unquotedQuery(text, offset)) {
    return {
      offset,
      message: parserMessage(error),
      hint: "put the query into single quotes: query: '{ … }'",
    };
  }
  if (/^\s*-[^\s-]/.test(line)) {
    const message = "a space is missing after the dash of a list item";
    return { offset, message, hint: `write ${line.trim().replace("-", "- ")}` };
  }
  if (/:\s+[^\s'"[{|>][^'"]*:\s/.test(line) && error.code === "BLOCK_AS_IMPLICIT_KEY") {
    const message = "a text with a colon in it is not in quotes, so YAML reads another mapping";
    return { offset, message, hint: "put the text into single quotes" };
  }
  if (error.code === "BAD_INDENT" || error.code === "BLOCK_AS_IMPLICIT_KEY") {
    return {
      offset,
      message: "the indentation of this line does not fit the lines above",
      hint: "fields of one mapping begin at the same column, list items at the same dash; look at the line above too",
    };
  }
  // What the parser says where it ran out of stack is no word for people.
  if (error.message.includes("call stack")) {
    return {
      offset,
      message: "the file cannot be parsed: it is nested too deeply",
      hint: "write a YAML document as docs/slo-specs.md shows",
    };
  }
  return {
    offset,
    message: parserMessage(error),
    hint: "check the quotes, brackets and indentation here and in the line above",
  };
}

function parserMessage(error: YAMLParseError): string {
  return `not valid YAML: ${error.message.split("\n", 1)[0]!.replace(/:$/, "")}`;
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return text.slice(start).split("\n", 1)[0]!.trimEnd();
}

/** A TraceQL filter without quotes is a mapping to YAML: the most likely slip in a spec about spans. */
function unquotedQuery(text: string, offset: number): boolean {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const previousStart = before.lastIndexOf("\n", lineStart - 2) + 1;
  return /\bquery:\s*\{/.test(text.slice(previousStart).split("\n").slice(0, 2).join("\n"));
}
