import type { Range } from "./ast.ts";

/** What a query's author should know: a warning says that the result may be wrong, an info that it may not be what was meant. */
export interface Annotation {
  readonly level: "warning" | "info";
  /** As Prometheus words it, without `PromQL warning: ` and without the position. */
  readonly message: string;
  /** Of the part of the query that it is about; undefined when it is about none. */
  readonly range: Range | undefined;
}

/** Collects annotations; the same one is kept once. */
export interface Annotations {
  warn(message: string, range?: Range): void;
  info(message: string, range?: Range): void;
  list(): readonly Annotation[];
}

export function createAnnotations(): Annotations {
  const all = new Map<string, Annotation>();
  const add = (level: Annotation["level"], message: string, range: Range | undefined): void => {
    const key = `${level} ${message} ${range?.start ?? ""}`;
    if (!all.has(key)) all.set(key, { level, message, range });
  };
  return {
    warn: (message, range) => add("warning", message, range),
    info: (message, range) => add("info", message, range),
    list: () => [...all.values()],
  };
}
