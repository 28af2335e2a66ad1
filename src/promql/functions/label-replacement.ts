import { RE2JS, RE2JSException } from "re2js";
import { QueryError } from "../query-error.ts";

type Piece = string | { readonly group: number };

/**
 * The replacement that label_replace() makes: a whole value that matches `pattern` becomes `template`, in which `$1`,
 * `${1}`, `$name` and `${name}` are groups and `$$` is a dollar. undefined for a value that does not match. Throws
 * QueryError for a pattern that is none.
 */
export function createLabelReplacement(
  pattern: string,
  template: string,
): (value: string) => string | undefined {
  const regex = compile(pattern);
  const groups = regex.namedGroups();
  const pieces = parseTemplate(template, (name) => (/^\d+$/.test(name) ? Number(name) : groups[name]));
  const count = regex.groupCount();
  return (value) => {
    const matcher = regex.matcher(value);
    if (!matcher.matches()) return undefined;
    return pieces
      .map((piece) => {
        if (typeof piece === "string") return piece;
        return piece.group <= count ? (matcher.group(piece.group) ?? "") : "";
      })
      .join("");
  };
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new QueryError("execution", `invalid regular expression in label_replace(): ${pattern}`, {
      cause: error,
    });
  }
}

/** A name is as long as it can be: `$1x` is the group "1x". An unknown group is empty; a lone `$` is a dollar. */
function parseTemplate(template: string, groupOf: (name: string) => number | undefined): readonly Piece[] {
  const pieces: Piece[] = [];
  const form = /\$(?:\$|\{(\w+)\}|(\w+))/g;
  let from = 0;
  for (const match of template.matchAll(form)) {
    pieces.push(template.slice(from, match.index));
    from = match.index + match[0].length;
    const name = match[1] ?? match[2];
    if (name === undefined) pieces.push("$");
    else {
      const group = groupOf(name);
      if (group !== undefined) pieces.push({ group });
    }
  }
  pieces.push(template.slice(from));
  return pieces;
}
