import { dirname, join } from "node:path";
import { isMap } from "yaml";
import { createDiagnosticSink, type Diagnostic } from "../spec/diagnostic.ts";
import { loadSpecs, type LoadedSpecs } from "../spec/load-specs.ts";
import { report } from "../spec/place.ts";
import { peekText } from "../spec/yaml-documents.ts";
import type { SourceSnapshot } from "../spec/source/spec-source.ts";
import { parseTestFile, readCase, type TestDocument } from "./read-test-file.ts";
import { runCase, type CaseReport } from "./run-case.ts";

export interface TestFileReport {
  readonly path: string;
  /** What is wrong with the file, or with specs that it needs; such cases are not run. */
  readonly faults: readonly Diagnostic[];
  readonly cases: readonly CaseReport[];
}

export type ReadSpecs = (sources: readonly string[]) => Promise<SourceSnapshot>;

/** Runs the cases of one file. Specs are read beside it, unless it names others. */
export async function runTestFile(path: string, text: string, readSpecs: ReadSpecs): Promise<TestFileReport> {
  const sink = createDiagnosticSink();
  const cases: CaseReport[] = [];
  const ofSpecs: Diagnostic[] = [];
  for (const document of parseTestFile(path, text, sink)) {
    const specs = await loadDocumentSpecs(path, document, readSpecs);
    const errorsBefore = sink.errorCount();
    for (const place of document.cases) {
      const testCase = readCase(place, specs.slos);
      if (testCase !== undefined) cases.push(runCase(testCase));
    }
    // An SLO may be missing only because its spec has a fault.
    if (sink.errorCount() > errorsBefore) ofSpecs.push(...faultsBehind(document, specs));
  }
  return { path, faults: [...sink.sorted(), ...ofSpecs], cases };
}

async function loadDocumentSpecs(
  path: string,
  { specs }: TestDocument,
  readSpecs: ReadSpecs,
): Promise<LoadedSpecs> {
  const folder = dirname(path);
  const sources = specs.length === 0 ? [folder] : specs.map((spec) => join(folder, spec.path));
  const { texts, problems } = await readSpecs(sources);
  for (const { file, message, hint } of problems) {
    const named = specs.find((spec) => join(folder, spec.path) === file);
    if (named !== undefined) report(named.place, "error", `${file}: ${message}`, hint);
  }
  return loadSpecs(texts, problems);
}

/** Errors of the specs, where a case names an SLO that is not among the sound ones. */
function faultsBehind(document: TestDocument, { slos, diagnostics }: LoadedSpecs): readonly Diagnostic[] {
  const sound = new Set(slos.map(({ name }) => name));
  const named = document.cases.map(({ node }) => (isMap(node) ? peekText(node, "slo") : undefined));
  if (named.every((name) => name === undefined || sound.has(name))) return [];
  return diagnostics.filter(({ severity }) => severity === "error");
}
