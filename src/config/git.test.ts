import { describe, expect, it } from "vitest";
import { gitWarnings, readSpecList } from "./git.ts";
import { loadConfig } from "../config.ts";

const credentials = (sources: readonly string[], token?: string): unknown => {
  const problems: string[] = [];
  const { git } = readSpecList(sources, token, problems);
  return problems.length > 0 ? problems : git.map((address) => address.credentials);
};

describe("readSpecList", () => {
  it("tells folders from repositories", () => {
    const { folders, git } = readSpecList(
      ["./slo-specs", "https://g.example/a.git#main:slos", "b"],
      undefined,
      [],
    );
    expect([folders, git.map(({ name }) => name)]).toEqual([
      ["./slo-specs", "b"],
      ["https://g.example/a.git#main:slos"],
    ]);
  });

  it("gives the token to repositories over HTTP, under the name in the URL, unless that has a password", () => {
    const sources = [
      "https://g.example/a.git",
      "https://ada@g.example/b.git",
      "https://x:y@g.example/c.git",
      "./d.git",
    ];
    expect(credentials(sources, "tok=en==")).toEqual([
      { username: "", password: "tok=en==" },
      { username: "ada", password: "tok=en==" },
      { username: "x", password: "y" },
      undefined,
    ]);
  });

  it("never sends the token of one host to another", () => {
    const sources = ["https://g.example/a.git", "https://h.example:8443/b.git"];
    expect(credentials(sources, "g.example=one, h.example:8443=two")).toEqual([
      { username: "", password: "one" },
      { username: "", password: "two" },
    ]);
    expect(credentials(sources, "g.example=one")).toEqual([{ username: "", password: "one" }, undefined]);
    expect(credentials(sources, "one")).toEqual([
      expect.stringContaining("write g.example=<token>,h.example:8443=<token>"),
    ]);
  });

  it("says what is wrong with an address, without its password", () => {
    const problems = credentials([
      "https://ada:topsecret@",
      "ftp://ada:topsecret@h/x.git",
      "./a.git",
      "./a.git",
    ]);
    expect(String(problems)).toContain("unknown scheme ftp://");
    expect(String(problems)).toContain("./a.git is listed twice");
    expect(String(problems)).not.toContain("topsecret");
  });
});

describe("git in the configuration", () => {
  it("is read from NOROSHI_SPECS, without checking that the repository is there", () => {
    const loaded = loadConfig({
      NOROSHI_SPECS: ".,https://g.example/a.git#main:slos",
      NOROSHI_GIT_TOKEN: "topsecret",
      NOROSHI_GIT_WEBHOOK_SECRET: "short",
    });
    if (!loaded.ok) throw new Error(loaded.problems.join());
    expect(loaded.config.gitSpecs[0]).toMatchObject({
      branch: "main",
      credentials: { password: "topsecret" },
    });
    expect(loaded.config.file.specs).toEqual({ pollInterval: 60_000, timeout: 60_000 });
    expect(loaded.config.warnings.join()).toContain(
      "NOROSHI_GIT_WEBHOOK_SECRET: it is shorter than 16 characters",
    );
  });

  it("warns of credentials that go over a network unencrypted", () => {
    const { git } = readSpecList(["http://a:b@g.example/a.git", "http://a:b@127.0.0.1/a.git"], undefined, []);
    expect(gitWarnings(git, undefined)).toEqual([
      "NOROSHI_SPECS: credentials for http://g.example/a.git go over the network unencrypted; use https://",
    ]);
  });
});
