type Paint = (text: string) => string;

/** Colours for a terminal, or none. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

/** Paints with ANSI colours when `colours` is true, else leaves every text as it is. */
export function createStyle(colours: boolean): Style {
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      colours ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

/** Colours only for people: on a terminal, and not when NO_COLOR says otherwise (https://no-color.org). */
export function wantsColours(isTerminal: boolean, noColor: string | undefined): boolean {
  return isTerminal && (noColor === undefined || noColor === "");
}
