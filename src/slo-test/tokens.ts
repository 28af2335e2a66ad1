/** A word, a number with what hangs on it, or a sign, of an expectation. */
export interface Token {
  readonly text: string;
  /** Characters from the start of the phrase. */
  readonly offset: number;
}

const TOKEN = /-?\d[\w.]*%?|[A-Za-z_][\w./-]*|\+\/-|\+-|->|\S/g;

function tokenizePhrase(text: string): readonly Token[] {
  return [...text.matchAll(TOKEN)].map((match) => ({ text: match[0], offset: match.index }));
}

/** A fault in a phrase, and where in it. */
export interface PhraseFault {
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** Stops the reading of a phrase; never leaves readExpectation. */
export class PhraseError extends Error {
  override readonly name = "PhraseError";
  readonly fault: PhraseFault;

  constructor(fault: PhraseFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Goes through the tokens of a phrase. */
export interface TokenReader {
  peek(ahead?: number): string | undefined;
  next(): Token | undefined;
  /** The token that comes next, or the end of the phrase. */
  here(): Token;
  /** Takes the word if it comes next. */
  takes(...words: readonly string[]): boolean;
  fail(message: string, hint: string, token?: Token): never;
}

export function createTokenReader(text: string): TokenReader {
  const tokens = tokenizePhrase(text);
  let at = 0;
  return {
    peek: (ahead = 0) => tokens[at + ahead]?.text,
    next: () => tokens[at++],
    here: () => tokens[at] ?? { text: "", offset: text.length },
    takes: (...words) => {
      const fits = words.every((word, i) => tokens[at + i]?.text === word);
      if (fits) at += words.length;
      return fits;
    },
    fail: (message, hint, token = tokens[at]) => {
      throw new PhraseError({ offset: token?.offset ?? text.length, message, hint });
    },
  };
}
