import { describe, expect, it } from "vitest";
import { parseGitAddress, repositoryKey, withoutCredentials } from "./git-address.ts";

const read = (text: string): unknown => {
  const parsed = parseGitAddress(text);
  if (parsed.kind === "problem") return parsed.problem;
  const { transport, repository, branch, path } = parsed.address;
  return [transport, repository, branch, path];
};

describe("parseGitAddress", () => {
  it.each([
    [
      "https://git.example/team/slos.git#main:specs",
      ["http", "https://git.example/team/slos.git", "main", "specs"],
    ],
    ["https://git.example/team/slos", ["http", "https://git.example/team/slos", undefined, ""]],
    [
      "http://127.0.0.1:3000/slos.git#release/1.2",
      ["http", "http://127.0.0.1:3000/slos.git", "release/1.2", ""],
    ],
    ["https://git.example/s.git#:/a/b/", ["http", "https://git.example/s.git", undefined, "a/b"]],
    ["https://git.example/s.git#main:.", ["http", "https://git.example/s.git", "main", ""]],
    ["ssh://git@git.example:2222/s.git#main:x", ["ssh", "ssh://git@git.example:2222/s.git", "main", "x"]],
    ["git@github.com:acme/slos.git#main:x", ["ssh", "git@github.com:acme/slos.git", "main", "x"]],
    ["file:///srv/git/s.git#main", ["disk", "/srv/git/s.git", "main", ""]],
    ["/srv/git/s.git", ["disk", "/srv/git/s.git", undefined, ""]],
    ["./s.git#main:a", ["disk", "./s.git", "main", "a"]],
  ])("%s", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    ["https://", "is not a URL"],
    ["https://git.example", "names a host alone"],
    ["ftp://git.example/s.git", "has the unknown scheme ftp://"],
    ["git://git.example/s.git", "is not encrypted"],
    ["file://host/s.git", "three slashes"],
    ["ssh:///s.git", "names no host"],
    ["ssh://git:pass@git.example/s.git", "takes its keys from the ssh agent"],
    ["ssh://-oProxyCommand=x/s.git", "names no host"],
    ["https://git.example/s.git#ma in", "cannot be a branch"],
    ["https://git.example/s.git#-x", "cannot be a branch"],
    ["https://git.example/s.git#main:../etc", "leads out of the repository"],
  ])("refuses %s: %s", (text, expected) => {
    expect(read(text)).toContain(expected);
  });

  it("keeps credentials apart from all that is shown", () => {
    const parsed = parseGitAddress("https://ada:s3cr%40t@git.example/s.git#main");
    expect(parsed).toMatchObject({
      address: {
        name: "https://git.example/s.git#main",
        repository: "https://git.example/s.git",
        credentials: { username: "ada", password: "s3cr@t" },
      },
    });
    for (const text of [
      "https://ada:s3cr/t@git.example:x",
      "ssh://git:s3cret@git.example/s",
      "https://s3c%ret@h/s",
    ]) {
      expect(JSON.stringify(parseGitAddress(text)), text).not.toContain("s3c");
    }
    expect(withoutCredentials("ssh://git@git.example/s.git")).toBe("ssh://git@git.example/s.git");
  });
});

describe("repositoryKey", () => {
  it.each([
    "https://git.example/Team/slos.git",
    "https://token@git.example/team/slos",
    "http://git.example:3000/team/slos/",
    "ssh://git@git.example:22/team/slos.git",
    "git@git.example:team/slos.git",
  ])("is one for %s and the others", (url) => {
    expect(repositoryKey(url)).toBe("git.example/team/slos");
  });

  it("differs by host and by path", () => {
    expect(repositoryKey("https://a.example/t/s.git")).not.toBe(repositoryKey("https://b.example/t/s.git"));
    expect(repositoryKey("/srv/git/s.git")).toBe("/srv/git/s".replace(/^/, "/").replace("//", "/"));
  });
});
