import { FilterSyntaxError } from "./filter-error.ts";
import { readNumber } from "./read-number.ts";
import { readString } from "./read-string.ts";
import type { QueryScope } from "./query.ts";
import type { AttributeScope, Literal } from "./span-filter.ts";

/** A piece of a filter or of a query; `start` and `end` are UTF-16 offsets, `end` exclusive. */
export type Token<Scope extends string = AttributeScope> = {
  readonly start: number;
  readonly end: number;
} & (
  | { readonly type: "symbol"; readonly text: string }
  | { readonly type: "literal"; readonly literal: Literal }
  /** `name`, `kind`, `server`, `true`, `span:duration` … */
  | { readonly type: "word"; readonly text: string }
  | { readonly type: "attribute"; readonly scope: Scope; readonly key: string }
  | { readonly type: "end" }
);

/** Longest first. Those that no filter uses are read whole, so that the message can name them. */
const SYMBOLS = [
  ..."&>> &<< !>> !<<".split(" "),
  ..."&& || =~ !~ != >= <= >> << &> &< &~ !> !< == <>".split(" "),
  ..."{ } ( ) = < > ! | ~ + - * / % ^ & ,".split(" "),
];

const WORD = /[A-Za-z_][A-Za-z0-9_]*(?::[A-Za-z_][A-Za-z0-9_]*)?/y;
/** What may stand in an attribute name without quotes; the same as in Tempo. */
const NAME_PART = /[^\s{}()=~!<>&|^,"`]+/y;
const SPACE = /\s*/y;

const UNSUPPORTED_SCOPES: ReadonlySet<string> = new Set(["parent", "event", "link", "instrumentation"]);

/** What differs between an SLI filter and a whole query. */
interface Dialect<Scope extends string> {
  readonly scopes: ReadonlyMap<string, Scope>;
  readonly anyScope: Scope;
  /** `a -1` is a subtraction. */
  readonly hasArithmetic: boolean;
  readonly unsupported: { readonly where: string; readonly hint: string };
}

const FILTER: Dialect<AttributeScope> = {
  scopes: new Map([
    ["span", "span"],
    ["resource", "resource"],
  ]),
  anyScope: "any",
  hasArithmetic: false,
  unsupported: { where: "in an SLI filter", hint: "span., resource. and . attributes are" },
};

const QUERY: Dialect<QueryScope> = {
  scopes: new Map<string, QueryScope>(
    (["span", "resource", "event", "link", "instrumentation"] as const).map((scope) => [scope, scope]),
  ),
  anyScope: "any",
  hasArithmetic: true,
  unsupported: { where: "here", hint: "ask the parent with { … } > { … }" },
};

/** Cuts a filter into tokens, the last one of type `end`. Throws FilterSyntaxError. */
export function tokenize(text: string): readonly Token[] {
  return tokenizeIn(text, FILTER);
}

/** The same for a whole query. */
export function tokenizeQuery(text: string): readonly Token<QueryScope>[] {
  return tokenizeIn(text, QUERY);
}

function tokenizeIn<Scope extends string>(text: string, dialect: Dialect<Scope>): readonly Token<Scope>[] {
  const tokens: Token<Scope>[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const isMinus = dialect.hasArithmetic && text[at] === "-" && endsOperand(tokens.at(-1));
    const token: Token<Scope> = isMinus
      ? { type: "symbol", text: "-", start: at, end: at + 1 }
      : readToken(text, at, dialect);
    tokens.push(token);
    at = skipSpace(text, token.end);
  }
  tokens.push({ type: "end", start: text.length, end: text.length });
  return tokens;
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
}

function endsOperand(token: Token<string> | undefined): boolean {
  return token !== undefined && (token.type !== "symbol" || token.text === ")");
}

function readToken<Scope extends string>(text: string, start: number, dialect: Dialect<Scope>): Token<Scope> {
  const character = text[start] ?? "";
  if (character === '"' || character === "`") {
    const { value, end } = readString(text, start);
    return { type: "literal", literal: { type: "string", value }, start, end };
  }
  if (character === "'") {
    throw new FilterSyntaxError(
      "strings are not written in single quotes",
      start,
      'use "…" or backquotes, and single quotes around the whole query',
    );
  }
  if (/^(?:-?\d|-?\.\d)/.test(text.slice(start, start + 3))) {
    const { literal, end } = readNumber(text, start);
    return { type: "literal", literal, start, end };
  }
  if (character === ".") return readAttribute(text, start, start + 1, dialect.anyScope);
  WORD.lastIndex = start;
  const word = WORD.exec(text)?.[0];
  if (word !== undefined) return readWord(text, start, word, dialect);
  const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, start));
  if (symbol !== undefined) return { type: "symbol", text: symbol, start, end: start + symbol.length };
  if ("“”„‟«»‘’".includes(character)) {
    const hint = 'use straight ones: "…"';
    throw new FilterSyntaxError(`${character} is a typographic quotation mark`, start, hint);
  }
  throw new FilterSyntaxError(
    `${String.fromCodePoint(text.codePointAt(start) ?? 0)} has no meaning here`,
    start,
  );
}

function readWord<Scope extends string>(
  text: string,
  start: number,
  word: string,
  dialect: Dialect<Scope>,
): Token<Scope> {
  const end = start + word.length;
  if (text[end] !== ".") return { type: "word", text: word, start, end };
  const scope = dialect.scopes.get(word);
  if (scope !== undefined) return readAttribute(text, start, end + 1, scope);
  if (UNSUPPORTED_SCOPES.has(word)) {
    throw new FilterSyntaxError(
      `${word}. attributes are not supported ${dialect.unsupported.where}`,
      start,
      dialect.unsupported.hint,
    );
  }
  NAME_PART.lastIndex = start;
  const name = NAME_PART.exec(text)?.[0] ?? word;
  throw new FilterSyntaxError(
    `${name} has no scope`,
    start,
    `write span.${name}, resource.${name}, or .${name} for either`,
  );
}

/** Reads the name that begins at `nameStart`: plain and quoted parts in any mixture, as in `span.a."b c".d`. */
function readAttribute<Scope extends string>(
  text: string,
  start: number,
  nameStart: number,
  scope: Scope,
): Token<Scope> {
  let key = "";
  let at = nameStart;
  for (;;) {
    if (text[at] === '"') {
      const part = readString(text, at);
      key += part.value;
      at = part.end;
    } else {
      NAME_PART.lastIndex = at;
      const part = NAME_PART.exec(text)?.[0];
      if (part === undefined) break;
      key += part;
      at += part.length;
    }
  }
  if (at === nameStart) {
    throw new FilterSyntaxError(
      "the name of the attribute is missing",
      nameStart,
      'as in span.http.route or span."my key"',
    );
  }
  return { type: "attribute", scope, key, start, end: at };
}
