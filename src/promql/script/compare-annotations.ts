import type { Annotation } from "../annotations.ts";
import type { Mismatch } from "./compare-result.ts";
import type { EvalCommand, MessagePattern } from "./script.ts";

/** What differs between the warnings and infos of a query and what the script expects of them; undefined when nothing does. */
export function compareAnnotations(command: EvalCommand, got: readonly Annotation[]): Mismatch | undefined {
  for (const level of ["warning", "info"] as const) {
    const expected = command.annotations.filter((expectation) => expectation.level === level);
    const texts = got.filter((annotation) => annotation.level === level).map(annotationText);
    if (expected.length === 0) continue;
    const wanted = expected.filter(({ some }) => some);
    if (wanted.length === 0) {
      if (texts.length > 0) return { expected: `no ${level}`, got: texts.join("\n") };
      continue;
    }
    const missing = wanted.find(({ message }) => !texts.some((text) => fits(text, message)));
    if (missing !== undefined) {
      return {
        expected: `${level}: ${patternText(missing.message)}`,
        got: texts.join("\n") || `no ${level}`,
      };
    }
    const extra = texts.find((text) => !wanted.some(({ message }) => fits(text, message)));
    if (extra !== undefined) return { expected: `no other ${level}`, got: extra };
  }
  return undefined;
}

/** Whether a message is one that a script asks for. */
export function fits(text: string, pattern: MessagePattern): boolean {
  if (pattern === undefined) return true;
  return pattern.kind === "text" ? text === pattern.text : pattern.pattern.test(text);
}

export function patternText(pattern: MessagePattern): string {
  if (pattern === undefined) return "any";
  return pattern.kind === "text" ? pattern.text : String(pattern.pattern);
}

function annotationText({ level, message }: Annotation): string {
  return `PromQL ${level}: ${message}`;
}
