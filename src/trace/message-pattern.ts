/** A longer message is cut: its beginning tells it apart. */
const LONGEST = 400;

/**
 * The message of an exception without what varies, so that equal faults have equal texts: `user 4711 not found` and `user 12 not
 * found` are both `user * not found`. Ids, numbers, addresses, times and what stands in quotes become `*`.
 */
export function messagePattern(message: string): string {
  return message
    .slice(0, LONGEST * 2)
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi, "*")
    .replaceAll(/"[^"\n]*"|'[^'\n]*'|`[^`\n]*`/g, "*")
    .replaceAll(/\b[\w.+-]+@[\w-]+\.[\w.-]+\b/g, "*")
    .replaceAll(/\bhttps?:\/\/\S+/gi, "*")
    .replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "*")
    .replaceAll(/\b(?:0x)?(?=[\da-f]*\d)[\da-f]{8,}\b/gi, "*")
    .replaceAll(/\d+(?:[.,:]\d+)*/g, "*")
    .replaceAll(/\*(?:[\s,;|/-]*\*)+/g, "*")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, LONGEST);
}
