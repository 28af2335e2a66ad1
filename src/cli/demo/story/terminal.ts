import { createStyle, wantsColours } from "./style.ts";
import type { Style } from "./style.ts";
import { wrapText } from "./wrap-text.ts";

/** No line of the story is wider, however wide the terminal. */
const MAX_COLUMNS = 100;
const CLEAR_LINE = "\r\u001B[2K";

/** What the story is told on. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface Terminal {
  readonly style: Style;
  /** True when somebody is watching. */
  readonly interactive: boolean;
  /** Writes lines below each other; each is wrapped, and what is wrapped begins with as many spaces as `indent`. */
  say(text: string, indent?: number): void;
  blank(): void;
  /** Replaces the line at the bottom that shows how far things are; does nothing unless somebody is watching. */
  progress(text: string): void;
  /** Removes that line. */
  clear(): void;
}

/** A terminal, or a pipe or file, which gets neither colours nor a changing line. */
export function createTerminal(output: Output, noColor: string | undefined): Terminal {
  const interactive = output.isTTY === true;
  let progressShown = "";
  // Some terminals do not know how wide they are and say 0.
  const columns = (): number => Math.min(MAX_COLUMNS, Math.max(40, output.columns || MAX_COLUMNS));
  const clear = (): void => {
    if (progressShown !== "") output.write(CLEAR_LINE);
    progressShown = "";
  };
  const writeAbove = (text: string): void => {
    const kept = progressShown;
    clear();
    output.write(text);
    if (kept !== "") {
      output.write(kept);
      progressShown = kept;
    }
  };
  return {
    style: createStyle(wantsColours(interactive, noColor)),
    interactive,
    say: (text, indent = 0) => {
      const lines = text.split("\n").flatMap((line) => wrapText(line, columns(), " ".repeat(indent)));
      writeAbove(`${lines.join("\n")}\n`);
    },
    blank: () => writeAbove("\n"),
    progress: (text) => {
      if (!interactive) return;
      // One column less: a full line would wrap on some terminals and could not be cleared.
      const line = wrapText(text, columns() - 1)[0] ?? "";
      if (line === progressShown) return;
      clear();
      output.write(line);
      progressShown = line;
    },
    clear,
  };
}
