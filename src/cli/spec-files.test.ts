import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readGitFacts, repositoryName } from "./git-facts.ts";
import { readSpecFiles } from "./spec-files.ts";

let root: string;
const COMMIT = "3f2c1ab4d5e6f708192a3b4c5d6e7f8091a2b3c4";
const OTHER = "a".repeat(40);

const write = async (path: string, text: string): Promise<void> => {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), text);
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-spec-files-"));
  await write("repo/slos/pay/a.yaml", "a: 1\n");
  await write("repo/slos/b.yml", "b: 1\n");
  await write("repo/slos/b.test.yaml", "tests: []\n");
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function checkOut(): Promise<void> {
  await write("repo/.git/HEAD", "ref: refs/heads/main\n");
  await write("repo/.git/refs/heads/main", `${COMMIT}\n`);
  await write(
    "repo/.git/config",
    '[core]\n\tbare = false\n[remote "fork"]\n\turl = git@example.com:me/fork.git\n[remote "origin"]\n\turl = https://ci:secret@github.com/acme/payments.git\n\tfetch = +refs/*\n',
  );
}

describe("the files that are sent", () => {
  it("have the paths that they have in the repository, its name and its commit", async () => {
    await checkOut();
    const sent = await readSpecFiles([join(root, "repo/slos")], { env: {} });
    expect(sent).toEqual({
      source: "acme/payments",
      sourceFrom: "the git remote",
      commit: COMMIT,
      files: [
        { path: "slos/b.yml", text: "b: 1\n" },
        { path: "slos/pay/a.yaml", text: "a: 1\n" },
      ],
    });
  });

  it("outside of a repository have paths from the folder, and its name", async () => {
    const sent = await readSpecFiles([join(root, "repo/slos/")], { env: {} });
    expect(sent).toMatchObject({ source: "slos", sourceFrom: "the folder", commit: undefined });
    expect(sent.files.map(({ path }) => path)).toEqual(["slos/b.yml", "slos/pay/a.yaml"]);
    const [one] = (await readSpecFiles([join(root, "repo/slos/b.yml")], { env: {} })).files;
    expect(one?.path).toBe("b.yml");
  });

  it("are what CI says they are, and what the command says before that", async () => {
    await checkOut();
    const github = { GITHUB_REPOSITORY: "acme/shop", GITHUB_SHA: OTHER, CI_COMMIT_SHA: "" };
    const folder = join(root, "repo/slos");
    expect(await readSpecFiles([folder], { env: github })).toMatchObject({
      source: "acme/shop",
      commit: OTHER,
    });
    const gitlab = { CI_PROJECT_PATH: "acme/group/shop", CI_COMMIT_SHA: OTHER };
    expect(await readSpecFiles([folder], { env: gitlab })).toMatchObject({
      source: "acme/group/shop",
      commit: OTHER,
    });
    const said = { source: "mine", commit: "v1", env: github };
    expect(await readSpecFiles([folder], said)).toMatchObject({ source: "mine", commit: "v1" });
  });

  it("are missing with a reason, and so is a name that cannot be one", async () => {
    await expect(readSpecFiles([join(root, "nowhere")], { env: {} })).rejects.toThrow(
      "there is no such file",
    );
    await mkdir(join(root, "empty"));
    await expect(readSpecFiles([join(root, "empty")], { env: {} })).rejects.toThrow("no spec file in");
    const folder = join(root, "repo/slos");
    await expect(readSpecFiles([folder], { source: "a b", env: {} })).rejects.toThrow("--source a b");
  });
});

describe("a checkout", () => {
  it("is read where HEAD is a commit, a packed branch, and a worktree", async () => {
    await checkOut();
    await write("repo/.git/HEAD", `${OTHER}\n`);
    expect((await readGitFacts(join(root, "repo/slos/pay")))?.commit).toBe(OTHER);
    await write("repo/.git/HEAD", "ref: refs/heads/feature/x\n");
    await write("repo/.git/packed-refs", `# pack-refs\n${OTHER} refs/heads/feature/x\n`);
    expect((await readGitFacts(join(root, "repo")))?.commit).toBe(OTHER);
    await write("repo/.git/worktrees/tree/HEAD", "ref: refs/heads/main\n");
    await write("repo/.git/worktrees/tree/commondir", "../..\n");
    await write("tree/.git", `gitdir: ${join(root, "repo/.git/worktrees/tree")}\n`);
    expect(await readGitFacts(join(root, "tree"))).toEqual({
      root: join(root, "tree"),
      commit: COMMIT,
      remoteUrl: "https://ci:secret@github.com/acme/payments.git",
    });
    await write("repo/.git/HEAD", "ref: refs/heads/unborn\n");
    expect((await readGitFacts(join(root, "repo")))?.commit).toBeUndefined();
  });

  it.each([
    ["https://ci:secret@github.com/acme/payments.git", "acme/payments"],
    ["git@github.com:acme/payments", "acme/payments"],
    ["ssh://git@git.example:2222/acme/group/payments.git/", "acme/group/payments"],
    ["/srv/git/payments.git", "payments"],
    ["file:///srv/git/payments", "payments"],
  ])("of %s is called %s", (remote, name) => {
    expect(repositoryName(remote)).toBe(name);
  });
});
