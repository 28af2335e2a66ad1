/** One thing that a spec's author should know, at the place where it can be mended. */
export interface Diagnostic {
  /** An error keeps its SLO from loading; a warning does not. */
  readonly severity: "error" | "warning";
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** The field, e.g. `spec.objectives[0].target`; "" for the document as a whole. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
}

/** Collects diagnostics while documents are read. */
export interface DiagnosticSink {
  add(diagnostic: Diagnostic): void;
  /** Errors so far: what reads a document compares it before and after. */
  errorCount(): number;
  /** In the order of files, lines and columns, each once. */
  sorted(): readonly Diagnostic[];
}

export function createDiagnosticSink(): DiagnosticSink {
  const all = new Map<string, Diagnostic>();
  let errors = 0;
  return {
    add(diagnostic) {
      if (diagnostic.severity === "error") errors += 1;
      const { file, line, column, severity, message } = diagnostic;
      all.set(JSON.stringify([file, line, column, severity, message]), diagnostic);
    },
    errorCount: () => errors,
    sorted: () => [...all.values()].sort(compareDiagnostics),
  };
}

/** By file, line, column, and errors first. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    comparePaths(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    (a.severity === b.severity ? 0 : a.severity === "error" ? -1 : 1)
  );
}

/** The order of files everywhere: by code units, the same on every machine. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
