/** Characters, without simple patterns: to understand more takes a while, in a thread where others wait. */
const MAX_COSTLY_LENGTH = 8_192;
/** Of all `{n}` in patterns together. */
const MAX_REPEATS = 2_000;

/** Whether a text of queries or matchers would hold up others while it is parsed. */
export function isCostlyToParse(text: string): boolean {
  let repeats = 0;
  for (const [, least, most] of text.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) repeats += Number(most || least);
  return text.length > MAX_COSTLY_LENGTH || repeats > MAX_REPEATS;
}
