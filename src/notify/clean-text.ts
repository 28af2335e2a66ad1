import { clipText } from "./clip-text.ts";

/**
 * A text from a spec or from telemetry as it may be shown: without characters that change how what stands around them reads
 * (control characters but tabs and line ends, and those that turn the direction of writing), without halves of characters.
 */
export function cleanText(text: string): string {
  return wellFormed(text.replaceAll(REMOVED, ""));
}

/** With a sign in place of halves of characters, which no address and no JSON reader takes. */
export function wellFormed(text: string): string {
  return text.replaceAll(BROKEN, "\uFFFD");
}

/** Clean, in one line, cut to at most `mostChars` UTF-16 units. */
export function oneLine(text: string, mostChars: number): string {
  return clipText(
    cleanText(text)
      .replaceAll(/[\s\u2028\u2029]+/g, " ")
      .trim(),
    mostChars,
  );
}

/** Clean, cut to at most `mostChars` UTF-16 units. */
export function clipClean(text: string, mostChars: number): string {
  return clipText(cleanText(text), mostChars);
}

/** U+202A-202E and U+2066-2069 embed and override directions; U+200E and U+200F alone only mark one. */
const REMOVED = /[\u202A-\u202E\u2066-\u2069]|(?![\t\n])\p{Cc}/gu;
const BROKEN = /\p{Cs}/gu;
