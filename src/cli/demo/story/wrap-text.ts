// oxlint-disable-next-line no-control-regex -- the escape character is what colours are made of
const COLOUR = /\u001B\[\d+m/g;
/** Emoji and East Asian letters take two columns. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]|\p{Emoji_Presentation}/u;

/** Columns that a text takes on a terminal; colours take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(COLOUR, "")) {
    if (character === "\uFE0F" || character === "\u200D") continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/**
 * Breaks a text between words into lines of at most `width` columns; a longer word is cut. Spaces are kept, but for
 * those where a line ends. Lines after the first begin with `indent`.
 */
export function wrapText(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [, spaces = "", word = ""] of text.matchAll(/( *)([^ ]*)/g)) {
    for (const [i, part] of cutWord(word, Math.max(8, width - displayWidth(indent))).entries()) {
      const longer = line + (i === 0 ? spaces : "") + part;
      if (displayWidth(longer) <= width || line.trim() === "") {
        line = longer;
      } else {
        lines.push(line);
        line = indent + part;
      }
    }
  }
  return [...lines, line];
}

function cutWord(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const parts: string[] = [""];
  for (const character of word) {
    if (displayWidth(parts.at(-1) + character) > width) parts.push("");
    parts[parts.length - 1] += character;
  }
  return parts;
}
