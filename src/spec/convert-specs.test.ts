import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Slo } from "../slo/slo.ts";
import { convertSpecs } from "./convert-specs.ts";
import { loadSpecs } from "./load-specs.ts";

const GOLDEN = "test/convert";
const CORPORA = "../shared/corpora/slo";
const present = existsSync(CORPORA);
if (!present) console.log(`skipped: no corpora in ${CORPORA}`);

function specFiles(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return specFiles(path);
    return /\.ya?ml$/.test(name) ? [path] : [];
  });
}

function withoutPlace(slo: Slo): object {
  return { ...slo, location: undefined };
}

describe("convertSpecs", () => {
  it.each(["sloth", "pyrra", "windows"])("gives for %s what stands beside it", async (name) => {
    const text = readFileSync(join(GOLDEN, `${name}.yaml`), "utf8");
    const { files, failed, diagnostics } = convertSpecs([{ path: `${name}.yaml`, text }]);
    expect(failed).toBe(0);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    await expect(files[0]!.text).toMatchFileSnapshot(join("../..", GOLDEN, `${name}.openslo.yaml`));
  });

  it("gives documents that load, without a warning, to the SLOs of the originals", () => {
    for (const name of ["sloth", "pyrra", "windows"]) {
      const text = readFileSync(join(GOLDEN, `${name}.yaml`), "utf8");
      const original = loadSpecs([{ path: "a.yaml", text }]);
      const converted = convertSpecs([{ path: "a.yaml", text }]).files;
      const loaded = loadSpecs(converted);
      expect(loaded.diagnostics).toEqual([]);
      expect(loaded.slos.map(withoutPlace)).toEqual(original.slos.map(withoutPlace));
    }
  });

  it("names what is lost, once, in the order of the file", () => {
    const text = readFileSync(join(GOLDEN, "sloth.yaml"), "utf8");
    const { losses } = convertSpecs([{ path: "a.yaml", text }]).files[0]!;
    expect(losses.map(({ line, path }) => `${line} ${path}`)).toEqual([
      "14 slos[0].alerting.name",
      "16 slos[0].alerting.page_alert.labels",
      "23 slos[1].alerting.name",
    ]);
  });

  it("converts what is sound beside what is not, and says so", () => {
    const text = readFileSync(join(GOLDEN, "sloth.yaml"), "utf8").replace(
      "objective: 99.9",
      "objective: 101",
    );
    const { files, failed, diagnostics } = convertSpecs([{ path: "a.yaml", text }]);
    expect(failed).toBe(1);
    expect(files.map(({ slos }) => slos)).toEqual([1]);
    expect(diagnostics.some(({ severity }) => severity === "error")).toBe(true);
  });

  it("passes over OpenSLO and what is none of its business", () => {
    const texts = [
      { path: "a.yaml", text: "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n" },
      { path: "b.yaml", text: "kind: ConfigMap\napiVersion: v1\n" },
    ];
    expect(convertSpecs(texts)).toMatchObject({ files: [], failed: 0, passedOver: ["a.yaml", "b.yaml"] });
  });
});

describe.skipIf(!present)("the Sloth and Pyrra corpora", () => {
  it("load the same after conversion as before", () => {
    let compared = 0;
    for (const path of [...specFiles(join(CORPORA, "sloth")), ...specFiles(join(CORPORA, "pyrra"))]) {
      const source = { path, text: readFileSync(path, "utf8") };
      const converted = convertSpecs([source]);
      // Sloth's examples hold OpenSLO as well, which needs no conversion.
      if (converted.passedOver.length > 0) continue;
      const original = loadSpecs([source]).slos;
      const loaded = loadSpecs(converted.files);
      expect(loaded.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(loaded.slos.map(withoutPlace)).toEqual(original.map(withoutPlace));
      compared += original.length;
    }
    expect(compared).toBeGreaterThan(35);
  });
});
