import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSpecs } from "./load-specs.ts";

/** Other projects' specs, beside the repository where they are present; never part of it. */
const CORPORA = "../shared/corpora/slo";
const present = existsSync(CORPORA);
if (!present) console.log(`skipped: no corpora in ${CORPORA}`);

type Verdict = "accepted" | "rejected" | "passed over";

/** What its own project says of a file: the tools that the files are examples and tests of. */
function projectVerdict(path: string): Verdict {
  // What Sloth generates are rules of Prometheus, no specs.
  if (path.startsWith("sloth/examples/_gen/")) return "passed over";
  if (path.startsWith("sloth/validate/bad/")) return "rejected";
  return path.startsWith("oslo/test/inputs/validate/") ? "rejected" : "accepted";
}

interface Exception {
  readonly files: RegExp;
  readonly here: Verdict;
  readonly because: string;
}

/** Where we judge otherwise, each with what makes us. A row that nothing needs any more fails the test. */
const EXCEPTIONS: readonly Exception[] = [
  {
    files: /\/decode\/v2alpha_/,
    here: "rejected",
    because:
      "they test decoding alone: a name with a capital letter, SLOs without budgetingMethod or objectives",
  },
  {
    files: /sloth\/validate\/bad\/bad-openslo/,
    here: "accepted",
    because: "Sloth wants windows that it has alert windows for; here those of any length load",
  },
  {
    files: /validate\/invalid-apiversion/,
    here: "passed over",
    because: "nothing in the file says that it is about SLOs: apiVersion foo may be anybody's",
  },
  {
    files: /sloth\/examples\/plugin-/,
    here: "rejected",
    because: "the queries are in a plugin of Sloth, which is Go code that is not run here",
  },
  {
    files: /sloth\/examples\/victoria-metrics/,
    here: "rejected",
    because: "the queries are MetricsQL; a plugin makes Sloth take what is no PromQL",
  },
];

function specFiles(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return specFiles(path);
    return /\.(ya?ml|json)$/.test(name) ? [path] : [];
  });
}

function verdictHere(path: string): { readonly verdict: Verdict; readonly errors: readonly string[] } {
  const text = readFileSync(join(CORPORA, path), "utf8");
  const { diagnostics, files } = loadSpecs([{ path, text }], [], { resolve: false });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const lines = errors.map(({ line, message }) => `${path}:${line}: ${message}`);
  if (errors.length > 0) return { verdict: "rejected", errors: lines };
  return { verdict: files[0]!.notes.length > 0 ? "passed over" : "accepted", errors: [] };
}

describe.skipIf(!present)("each document by itself", () => {
  const paths = present ? specFiles(CORPORA).map((path) => path.slice(CORPORA.length + 1)) : [];

  it("is judged as its own project judges it, but for the exceptions of the table", () => {
    expect(paths.length).toBeGreaterThan(120);
    const surprises = paths.flatMap((path) => {
      const { verdict, errors } = verdictHere(path);
      const expected = EXCEPTIONS.find(({ files }) => files.test(path))?.here ?? projectVerdict(path);
      return verdict === expected ? [] : [`${path}: ${verdict}, not ${expected}`, ...errors];
    });
    expect(surprises).toEqual([]);
  });

  it("needs every exception", () => {
    for (const { files, here, because } of EXCEPTIONS) {
      const excepted = paths.filter((path) => files.test(path));
      expect(excepted.length, because).toBeGreaterThan(0);
      for (const path of excepted) expect(projectVerdict(path), `${path}: ${because}`).not.toBe(here);
    }
  });
});
