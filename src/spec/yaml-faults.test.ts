import { describe, expect, it } from "vitest";
import { loadSpecs } from "./load-specs.ts";

const SPEC = `apiVersion: openslo/v1
kind: Service
metadata:
  name: payment
spec:
  description: takes payments
`;
const told = (text: string, path = "a.yaml"): string[] =>
  loadSpecs([{ path, text }]).diagnostics.map(
    (d) => `${d.line}:${d.column} ${d.severity}: ${d.message} -> ${d.hint}`,
  );

describe("a file that cannot be read as YAML", () => {
  it.each([
    [
      "a field that is indented differently",
      SPEC.replace("  name: payment", "   name: payment\n  displayName: Payment\n  labels: {}"),
      "5:1 error: the indentation of this line does not fit the lines above -> fields of one mapping begin at the same column, list items at the same dash; look at the line above too",
    ],
    [
      "brackets that are nested deeper than the parser can follow",
      SPEC.replace("takes payments", `${"[".repeat(100_000)}${"]".repeat(100_000)}`),
      expect.stringMatching(
        /error: the file cannot be parsed: it is nested too deeply -> write a YAML document as docs\/slo-specs\.md shows$/,
      ) as unknown as string,
    ],
    [
      "a tab",
      SPEC.replace("  name", "\tname"),
      "4:1 error: a tab is used for indentation -> indent with spaces",
    ],
    [
      "a colon within a text",
      SPEC.replace("takes payments", "payments: takes them"),
      "6:16 error: a text with a colon in it is not in quotes, so YAML reads another mapping -> put the text into single quotes",
    ],
    [
      "a template",
      `{{- if .Values.slo }}\n${SPEC}{{- end }}\n`,
      "1:1 error: the file is a template, {{ … }} is not filled in -> render it first (helm template, or what you use), and point at the result",
    ],
    [
      "a template's value",
      SPEC.replace("name: payment", "name: {{ .Values.name }}"),
      "4:9 error: the file is a template, {{ … }} is not filled in -> render it first (helm template, or what you use), and point at the result",
    ],
    ["UTF-16", SPEC.split("").join("\0"), "1:2 error: the file is not UTF-8 text -> save it as UTF-8"],
    [
      "Latin-1 bytes",
      SPEC.replace("takes", "f\uFFFDr"),
      "6:17 error: the file is not UTF-8 text -> save it as UTF-8",
    ],
  ])("is told once: %s", (_, text, line) => {
    expect(told(text)).toEqual([line]);
  });

  it("is told that JSON has no comments, and slashes within a text are none", () => {
    const json = '{"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "a"},\n "spec": {}}';
    expect(told(`${json}\n// done`, "a.json")).toEqual([
      "3:1 error: JSON has no comments -> remove it, or write the file as YAML",
    ]);
    expect(told(json.replace("{}", '{"description": "see https://x"}'), "a.json")).toEqual([]);
  });

  it("takes braces within quotes and comments for text", () => {
    expect(
      told(SPEC.replace("takes payments", "'{{ x }}'").replace("kind", "# name: {{ x }}\nkind")),
    ).toEqual([]);
  });

  it("is none of our business when it is somebody else's template", () => {
    expect(told("{{- if .Values.x }}\nkind: Deployment\n{{- end }}\n")).toEqual([]);
  });

  it("stays quick on text that is built to be slow", () => {
    const startedAt = performance.now();
    for (const filler of ["\n", " ", "a: ", '"', '\\"', "- ", "#{{"]) {
      told(`kind: openslo\nx: ${filler.repeat(200_000 / filler.length)}`, "a.json");
    }
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
