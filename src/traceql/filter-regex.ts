import { RE2JS, RE2JSException } from "re2js";

/** A longer or larger one could be refused by the engine that runs the SQL; none that people write comes near. */
const MAX_PATTERN_LENGTH = 2_000;
const MAX_PROGRAM_SIZE = 1_000;
/** A Unicode class becomes hundreds of byte ranges in the engine. */
const MAX_PROGRAM_SIZE_WITH_CLASSES = 300;

/** What is wrong with an RE2 pattern, in a few words, or undefined. */
export function regexFault(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN_LENGTH) return `longer than ${MAX_PATTERN_LENGTH} characters`;
  // C++ RE2 reads {,n} as {0,n}, others as the characters themselves.
  if (/\{,\d+\}/.test(pattern)) return "{,n} means different things to different engines; write {0,n}";
  try {
    const limit = /\\p/i.test(pattern) ? MAX_PROGRAM_SIZE_WITH_CLASSES : MAX_PROGRAM_SIZE;
    return RE2JS.compile(pattern).programSize() > limit ? "too large" : undefined;
  } catch (error) {
    if (error instanceof RE2JSException) return error.message.replace(/^error parsing regexp: /, "");
    throw error;
  }
}

/** A pattern that is known to compile, as a test of whole strings; `.` matches a line break, as in Prometheus 3. */
export function compileRegex(pattern: string): (value: string) => boolean {
  const regex = RE2JS.compile(pattern, RE2JS.DOTALL);
  return (value) => regex.matches(value);
}

/** The same test for an engine that searches. */
export function anchoredPattern(pattern: string): string {
  return `^(?s:${pattern})$`;
}
