import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SpecSource } from "../source/spec-source.ts";
import { parseGitAddress, type GitAddress } from "./git-address.ts";
import { createGitSource, pollDelayMs, type GitSourceOptions } from "./git-source.ts";

const hasGit = (() => {
  try {
    execFileSync("git", ["--version"]);
    return true;
  } catch {
    console.log("git sources on a disk are not tested: there is no command git here");
    return false;
  }
})();

let root: string;
let sources: SpecSource[];
let news: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-git-"));
  sources = [];
  news = [];
});
afterEach(async () => {
  await Promise.all(sources.map((source) => source.close()));
  await rm(root, { recursive: true, force: true });
});

const addressOf = (text: string): GitAddress => {
  const parsed = parseGitAddress(text);
  if (parsed.kind === "problem") throw new Error(parsed.problem);
  return parsed.address;
};
const work = (): string => join(root, "work");
const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
    cwd: work(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
async function commit(subject: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(work(), path)), { recursive: true });
    await writeFile(join(work(), path), text);
  }
  git("add", "-A");
  git("commit", "-qm", subject, "--allow-empty");
  return git("rev-parse", "HEAD");
}
async function repository(): Promise<void> {
  await mkdir(work());
  git("init", "-q", "-b", "main");
}
function open(text: string, options: Partial<GitSourceOptions> = {}): SpecSource {
  const source = createGitSource({
    address: addressOf(text),
    pollMs: 60_000,
    timeoutMs: 20_000,
    scratchDir: join(root, "scratch"),
    onNews: ({ text: told }) => news.push(told),
    ...options,
  });
  sources.push(source);
  return source;
}
const paths = async (source: SpecSource): Promise<string[]> =>
  (await source.read()).texts.map(({ path }) => path.slice(source.name.length));

describe.skipIf(!hasGit)("createGitSource, on a disk", () => {
  it("gives the spec files of the branch's newest commit, and takes later ones when it asks again", async () => {
    await repository();
    await commit("old", { "slos/a.yaml": "a: 1\n" });
    await commit("Add a\n\nmore", {
      "slos/a.yaml": "a: 2\n",
      "slos/t/b.json": "{}",
      "README.md": "x",
      "c.yaml": "c",
    });
    const source = open(`file://${work()}#main:slos`);
    const { texts, revision } = await source.read();
    expect(texts).toEqual([
      { path: `${source.name}/a.yaml`, text: "a: 2\n" },
      { path: `${source.name}/t/b.json`, text: "{}" },
    ]);
    expect(source.remote!().commit).toMatchObject({ id: revision, subject: "Add a", author: "Ada" });
    let changes = 0;
    await source.watch(
      () => (changes += 1),
      () => {},
    );
    const next = await commit("next", { "slos/a.yaml": "a: 3\n" });
    await source.sync!();
    expect(changes).toBe(1);
    expect((await source.read()).revision).toBe(next);
    await source.sync!();
    expect(changes).toBe(1);
  });

  it("follows the repository's HEAD where no branch is named, and reads the whole of it, or one file", async () => {
    await repository();
    await commit("one", {
      "slos/a.yaml": "a: 1\n",
      "b.yaml": "b: 1\n",
      "b.test.yaml": "",
      ".github/x.yaml": "",
    });
    expect(await paths(open(`${work()}/.git`))).toEqual(["/b.yaml", "/slos/a.yaml"]);
    expect(await paths(open(`${work()}/.git#:slos/a.yaml`))).toEqual([""]);
    git("checkout", "-qb", "other");
    await commit("two", { "z.yaml": "z: 1\n" });
    expect(await paths(open(`${work()}/.git`))).toContain("/z.yaml");
    expect(await paths(open(`${work()}/.git#main`))).not.toContain("/z.yaml");
  });

  it("finds branches and objects that git has packed", async () => {
    await repository();
    await commit("one", { "a.yaml": "a: 1\n" });
    git("gc", "-q");
    expect(await paths(open(`${work()}/.git#main`))).toEqual(["/a.yaml"]);
  });

  it("takes a branch that was rewritten", async () => {
    await repository();
    await commit("one", { "a.yaml": "a: 1\n" });
    const source = open(`${work()}/.git#main`);
    await source.read();
    git("checkout", "-q", "--orphan", "fresh");
    git("rm", "-rqf", ".");
    await commit("rewritten", { "b.yaml": "b: 1\n" });
    git("branch", "-qf", "main", "fresh");
    await source.sync!();
    expect(await paths(source)).toEqual(["/b.yaml"]);
  });

  it("follows neither links nor submodules, and says so", async () => {
    await repository();
    await writeFile(join(root, "secret.yaml"), "secret: 1\n");
    await symlinkIn("a.yaml", join(root, "secret.yaml"));
    await symlinkIn("folder", root);
    await commit("links", { "b.yaml": "b: 1\n" });
    git("update-index", "--add", "--cacheinfo", `160000,${git("rev-parse", "HEAD")},sub`);
    git("commit", "-qm", "submodule");
    const source = open(`${work()}/.git#main`);
    const { texts, problems } = await source.read();
    expect(texts.map(({ path }) => path.slice(source.name.length))).toEqual(["/b.yaml"]);
    expect(
      problems.map(({ file, severity, message }) => [file.slice(source.name.length), severity, message]),
    ).toEqual([
      ["/a.yaml", "warning", "is a link; links in git repositories are not followed"],
      ["/sub", "warning", "is a submodule and is not read"],
    ]);
  });

  it("keeps what it has while the branch, the path or the repository is gone, says why, and recovers", async () => {
    await repository();
    await commit("one", { "slos/a.yaml": "a: 1\n" });
    const source = open(`${work()}/.git#main:slos`);
    expect(await paths(source)).toEqual(["/a.yaml"]);
    const errorAfterSync = async (): Promise<string | undefined> => {
      await source.sync!();
      expect(await paths(source)).toEqual(["/a.yaml"]);
      return source.remote!().error;
    };
    git("branch", "-qm", "main", "renamed");
    expect(await errorAfterSync()).toContain('there is no branch "main"');
    git("branch", "-qm", "renamed", "main");
    git("mv", "slos", "specs");
    const moved = await commit("Move the specs");
    expect(await errorAfterSync()).toBe(
      `commit ${moved.slice(0, 8)} ("Move the specs") has no "slos"; correct the path after the colon`,
    );
    expect(source.remote!()).toMatchObject({ remoteRevision: moved, failures: 2 });
    await rm(work(), { recursive: true });
    expect(await errorAfterSync()).toContain("does not exist");
    await repository();
    await commit("back", { "slos/b.yaml": "b: 1\n" });
    await source.sync!();
    expect(await paths(source)).toEqual(["/b.yaml"]);
    expect(source.remote!()).toMatchObject({ error: undefined, failures: 0 });
    expect(news.filter((text) => text.includes("keep running"))).toHaveLength(3);
  });

  it("says in its snapshot that nothing could be read yet, and gives what ran before where that is known", async () => {
    const gone = open(`${work()}/.git#main`);
    const { texts, problems } = await gone.read();
    expect(texts).toEqual([]);
    expect(problems).toMatchObject([{ severity: "error", file: gone.name }]);
    expect(problems[0]!.message).toContain("does not exist");
    const before = { texts: [{ path: "x", text: "x: 1\n" }], problems: [], revision: "abc" };
    expect(await open(`${work()}/.git#main`, { initial: before }).read()).toEqual(before);
  });

  it("refuses files that are too big, and reads the others", async () => {
    await repository();
    await commit("big", { "a.yaml": "#".repeat(1024 * 1024 + 1), "b.yaml": "b: 1\n" });
    const { texts, problems } = await open(`${work()}/.git#main`).read();
    expect(texts.map(({ text }) => text)).toEqual(["b: 1\n"]);
    expect(problems[0]!.message).toContain("1048576 is the most");
  });
});

async function symlinkIn(name: string, target: string): Promise<void> {
  await symlink(target, join(work(), name));
}

describe("createGitSource, over HTTP", () => {
  let server: Server;
  let answer: { status: number; body?: string; hang?: boolean; location?: string };
  let authorizations: (string | undefined)[];
  beforeEach(async () => {
    authorizations = [];
    server = createServer((request, response) => {
      authorizations.push(request.headers.authorization);
      if (answer.hang === true) return;
      if (answer.location !== undefined) response.setHeader("location", answer.location);
      response.writeHead(answer.status, { "content-type": "text/html" }).end(answer.body ?? "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = (user = ""): string =>
    `http://${user}127.0.0.1:${(server.address() as AddressInfo).port}/team/slos.git#main`;
  const errorOf = async (text: string, options: Partial<GitSourceOptions> = {}): Promise<string> => {
    const source = open(text, options);
    await source.read();
    await source.sync!();
    return source.remote!().error ?? "none";
  };

  it.each([
    [401, "the repository asks for credentials (HTTP 401); set NOROSHI_GIT_TOKEN"],
    [404, "there is no such repository, or it is private"],
    [503, "the server fails (HTTP 503)"],
    [429, "raise specs.pollInterval"],
    [200, "no git server"],
  ])("says what HTTP %i means", async (status, expected) => {
    answer = { status, body: "<html>" };
    expect(await errorOf(url())).toContain(expected);
  });

  it("sends the credentials once they are asked for, and never shows them", async () => {
    answer = { status: 401 };
    const error = await errorOf(url("ada:topsecret1@"));
    expect(error).toContain("the credentials are refused (HTTP 401)");
    expect(authorizations).toContain(`Basic ${Buffer.from("ada:topsecret1").toString("base64")}`);
    expect(JSON.stringify([error, news, sources[0]!.name, await sources[0]!.read()])).not.toContain(
      "topsecret1",
    );
  });

  it("does not follow a redirect to another host, and says where it leads", async () => {
    answer = { status: 302, location: "https://ada:pw@login.example/sign-in?to=x" };
    const error = await errorOf(url("ada:topsecret1@"));
    expect(error).toContain("the server redirects to https://login.example/sign-in; write that address");
  });

  it("says that a repository redirects in a circle", async () => {
    answer = { status: 301, location: "/team/slos/info/refs?service=git-upload-pack" };
    expect(await errorOf(url())).toContain("redirects in a circle");
  });

  it("gives up in time", async () => {
    answer = { status: 200, hang: true };
    expect(await errorOf(url(), { timeoutMs: 200 })).toContain("no answer in time");
  });

  it("says that nothing listens", async () => {
    const there = url();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await errorOf(there)).toContain("nothing listens at 127.0.0.1:");
  });
});

describe.skipIf(!hasGit)("createGitSource, over ssh", () => {
  /** What stands for ssh: it is called as `ssh [options] host command`. */
  async function withSsh(script: string, work: () => Promise<void>): Promise<void> {
    const ssh = join(root, "ssh.sh");
    await writeFile(ssh, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env["GIT_SSH_COMMAND"] = ssh;
    try {
      await work();
    } finally {
      delete process.env["GIT_SSH_COMMAND"];
    }
  }

  it("fetches with the command git, and takes later commits", async () => {
    await repository();
    const first = await commit("one", { "slos/a.yaml": "a: 1\n" });
    // The last argument is the command for the other side.
    await withSsh('for last; do :; done; exec sh -c "$last"', async () => {
      const source = open(`ssh://git@git.example${work()}/.git#main:slos`);
      expect((await source.read()).texts).toEqual([{ path: `${source.name}/a.yaml`, text: "a: 1\n" }]);
      expect(source.remote!().commit).toMatchObject({ id: first, subject: "one" });
      await commit("two", { "slos/a.yaml": "a: 2\n" });
      await source.sync!();
      expect((await source.read()).texts[0]!.text).toBe("a: 2\n");
      expect(await paths(open(`git@git.example:${work()}/.git`))).toEqual(["/slos/a.yaml"]);
    });
  });

  it.each([
    ["Permission denied (publickey).", "the ssh key is refused"],
    ["Host key verification failed.", "not in known_hosts"],
    ["ssh: Could not resolve hostname git.example: Name or service not known", "the host cannot be found"],
    ["ERROR: Repository not found.", "there is no such repository"],
  ])("says what %s means", async (text, expected) => {
    await repository();
    await withSsh(`echo "${text}" >&2; exit 255`, async () => {
      const { problems } = await open("git@git.example:slos.git#main").read();
      expect(problems[0]!.message).toContain(expected);
    });
  });

  it("says that the command git is missing", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = root;
    try {
      const { problems } = await open("git@git.example:slos.git#main").read();
      expect(problems[0]!.message).toContain("the command git is not installed");
    } finally {
      process.env["PATH"] = path;
    }
  });
});

describe("pollDelayMs", () => {
  it("asks a repository that fails less and less often, but at least every 15 minutes", () => {
    const delays = [0, 1, 2, 3, 4, 5, 50].map((failures) => pollDelayMs(60_000, failures, 0.5) / 60_000);
    expect(delays).toEqual([1, 1, 2, 4, 8, 15, 15]);
    expect(pollDelayMs(3_600_000, 9, 0.5)).toBe(3_600_000);
    expect([pollDelayMs(60_000, 0, 0), pollDelayMs(60_000, 0, 0.999_999)]).toEqual([54_000, 66_000]);
  });
});
