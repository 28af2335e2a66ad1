import type { SpecText } from "./collect-objects.ts";
import type { DialectSlo } from "./dialect/dialect-slo.ts";
import type { Loss } from "./dialect/loss.ts";
import { compareDiagnostics, comparePaths, type Diagnostic } from "./diagnostic.ts";
import { loadDialects } from "./load-specs.ts";
import { printOpenSlo } from "./print-openslo.ts";

/** The SLOs of one file as OpenSLO v1. */
export interface ConvertedFile {
  /** Of the file that was converted. */
  readonly path: string;
  /** YAML, a document for each SLO. */
  readonly text: string;
  readonly slos: number;
  /** Each once, in the order of the file. */
  readonly losses: readonly Loss[];
}

export interface Conversion {
  /** In the order of paths; files without a sound SLO of another dialect are left out. */
  readonly files: readonly ConvertedFile[];
  /** SLOs of other dialects that have errors. */
  readonly failed: number;
  readonly diagnostics: readonly Diagnostic[];
  /** Files that hold nothing to convert. */
  readonly passedOver: readonly string[];
}

/**
 * Turns Sloth and Pyrra documents into OpenSLO v1, which loads to the same SLOs, and names every field that this cannot
 * carry. The files are read together, for AlertWindows hold across files. Pure.
 */
export function convertSpecs(texts: readonly SpecText[], problems: readonly Diagnostic[] = []): Conversion {
  const { specs, dialects } = loadDialects(texts, problems);
  const byFile = new Map<string, DialectSlo[]>();
  for (const dialect of dialects) {
    const { file } = dialect.object.self.document;
    byFile.set(file, [...(byFile.get(file) ?? []), dialect]);
  }
  const files = [...byFile].map(([path, slos]) => convertFile(path, slos));
  const failed = dialects.filter(({ slo }) => slo === undefined || !specs.slos.includes(slo)).length;
  return {
    files: files.filter(({ slos }) => slos > 0).sort((a, b) => comparePaths(a.path, b.path)),
    failed,
    diagnostics: specs.diagnostics,
    passedOver: specs.files
      .filter(({ path, errors }) => !byFile.has(path) && errors.length === 0)
      .map(({ path }) => path),
  };
}

function convertFile(path: string, dialects: readonly DialectSlo[]): ConvertedFile {
  const documents: string[] = [];
  const losses = new Map<string, Loss>();
  for (const dialect of dialects) {
    const document = dialect.slo && printOpenSlo(dialect.slo, dialect.losses);
    if (document === undefined) continue;
    documents.push(document);
    for (const loss of dialect.losses) losses.set(`${loss.line}:${loss.column}:${loss.reason}`, loss);
  }
  const ordered = [...losses.values()].sort((a, b) => compareDiagnostics(asDiagnostic(a), asDiagnostic(b)));
  return { path, text: documents.join("---\n"), slos: documents.length, losses: ordered };
}

function asDiagnostic(loss: Loss): Diagnostic {
  return { ...loss, severity: "warning", message: loss.reason, hint: "" };
}
