import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SPEC_LIMITS, isGitUrl, readSpecSources } from "./spec-folder.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-specs-"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function put(path: string, text = "a: 1\n"): Promise<void> {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), text);
}
const below = (paths: readonly { readonly path: string }[]): string[] =>
  paths.map(({ path }) => path.slice(root.length + 1));

describe("readSpecSources", () => {
  it("finds specs at any depth, in the order of paths, and nothing else", async () => {
    for (const path of [
      "b.yml",
      "a/deep/er.yaml",
      "z.json",
      "README.md",
      ".git/x.yaml",
      "node_modules/p/x.yaml",
      ".hidden.yaml",
      "b.test.yml",
    ]) {
      await put(path);
    }
    const { texts, problems } = await readSpecSources([root]);
    expect(below(texts)).toEqual(["a/deep/er.yaml", "b.yml", "z.json"]);
    expect(problems).toEqual([]);
  });

  it("reads a Kubernetes ConfigMap once, through its links", async () => {
    await put("..2026_01/a.yaml");
    await symlink("..2026_01", join(root, "..data"));
    await symlink("..data/a.yaml", join(root, "a.yaml"));
    expect(below((await readSpecSources([root])).texts)).toEqual(["a.yaml"]);
  });

  it("reads what several sources or links share once, and ends in spite of circles", async () => {
    await put("sub/a.yaml");
    await symlink("..", join(root, "sub/up"));
    await symlink("sub", join(root, "also"));
    expect((await readSpecSources([root, join(root, "sub")])).texts).toHaveLength(1);
  });

  it("does not follow a link out of the folder", async () => {
    await put("in/a.yaml");
    await put("out/secret.yaml", "secret: 1\n");
    await symlink("../out/secret.yaml", join(root, "in/b.yaml"));
    await symlink("../out", join(root, "in/c"));
    const { texts, problems } = await readSpecSources([join(root, "in")]);
    expect(below(texts)).toEqual(["in/a.yaml"]);
    expect(problems.map(({ file, severity }) => [file.slice(root.length + 1), severity])).toEqual([
      ["in/b.yaml", "warning"],
      ["in/c", "warning"],
    ]);
  });

  it("says what is missing, too big, or a git URL, and reads the rest", async () => {
    await put("a.yaml");
    await put("big.yaml", "#".repeat(SPEC_LIMITS.fileBytes + 1));
    await symlink("nowhere.yaml", join(root, "dangling.yaml"));
    const { texts, problems } = await readSpecSources([
      root,
      join(root, "nope"),
      "https://git.example/specs.git#main:slo",
    ]);
    expect(below(texts)).toEqual(["a.yaml"]);
    expect(problems.map(({ message }) => message)).toEqual([
      `the file has ${SPEC_LIMITS.fileBytes + 1} bytes; ${SPEC_LIMITS.fileBytes} is the most`,
      "cannot be read (ENOENT)",
      "there is no such file or folder",
      "is a git URL; only `noroshi serve` reads those",
    ]);
  });

  it("does not read devices", async () => {
    const { texts, problems } = await readSpecSources(["/dev/zero"]);
    expect(texts).toEqual([]);
    expect(problems.map(({ message }) => message)).toEqual(["is neither a file nor a folder"]);
  });

  it("takes a file as a source, whatever it is called", async () => {
    await put("spec.txt");
    expect(below((await readSpecSources([join(root, "spec.txt")])).texts)).toEqual(["spec.txt"]);
  });
});

describe("isGitUrl", () => {
  it.each([
    ["https://github.com/acme/slos.git#main:specs", true],
    ["ssh://git@example.com/slos", true],
    ["git@github.com:acme/slos.git", true],
    ["./slos.git", true],
    ["./slo-specs", false],
    ["/etc/noroshi/specs", false],
    ["specs@v2", false],
  ])("%s: %s", (source, expected) => {
    expect(isGitUrl(source)).toBe(expected);
  });
});
