/** A piece of a template: plain text, or what stands between two pairs of braces. */
export type TemplatePiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "tag"; readonly code: string; readonly offset: number };

/** Splits a template at its tags; undefined end: a tag that is not closed, at `unclosedAt`. */
export function readTags(source: string): {
  readonly pieces: readonly TemplatePiece[];
  readonly unclosedAt?: number;
} {
  const pieces: TemplatePiece[] = [];
  let from = 0;
  for (;;) {
    const open = source.indexOf("{{", from);
    if (open < 0) break;
    const close = endOfTag(source, open + 2);
    if (close < 0) return { pieces, unclosedAt: open };
    pieces.push({ kind: "text", text: source.slice(from, open) });
    pieces.push({ kind: "tag", code: source.slice(open + 2, close).trim(), offset: open });
    from = close + 2;
  }
  pieces.push({ kind: "text", text: source.slice(from) });
  return { pieces: withoutTagLines(pieces) };
}

/** Braces within quotes end no tag. */
function endOfTag(source: string, from: number): number {
  let isQuoted = false;
  for (let i = from; i < source.length; i += 1) {
    if (source[i] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && source.startsWith("}}", i)) return i;
  }
  return -1;
}

/** A line that holds nothing but an if, else, each or their end leaves no empty line behind. */
function withoutTagLines(pieces: readonly TemplatePiece[]): readonly TemplatePiece[] {
  const textAt = (i: number): string => {
    const piece = pieces[i];
    return piece?.kind === "text" ? piece.text : "";
  };
  const isAlone = (i: number): boolean => {
    const piece = pieces[i];
    if (piece?.kind !== "tag" || !/^(?:[#/!]|else$)/.test(piece.code)) return false;
    const before = textAt(i - 1);
    const after = textAt(i + 1);
    const startsLine = /(?:^|\n)[ \t]*$/.test(before) && (before.includes("\n") || i === 1);
    return (
      startsLine && /^[ \t]*(?:\r?\n|$)/.test(after) && (after.includes("\n") || i === pieces.length - 2)
    );
  };
  return pieces.map((piece, i) => {
    if (piece.kind === "tag") return piece;
    const rest = isAlone(i - 1) ? piece.text.replace(/^[ \t]*(?:\r?\n)?/, "") : piece.text;
    return { kind: "text", text: isAlone(i + 1) ? rest.replace(/[ \t]*$/, "") : rest };
  });
}
