import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { promqlCommand, runPromqlTest } from "./promql-test.ts";

const GOOD = `load 1m
  requests_total 0+60x10

eval instant at 10m rate(requests_total[5m])
  {} 1
`;
const BAD = GOOD.replace("{} 1", "{} 2");

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-promql-"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function test(
  files: Record<string, string>,
  names = Object.keys(files),
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
  let out = "";
  let err = "";
  const code = await runPromqlTest(
    names.map((name) => join(root, name)),
    {
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
      isTerminal: false,
    },
  );
  return { code, out: out.replaceAll(`${root}/`, ""), err: err.replaceAll(`${root}/`, "") };
}

describe("noroshi promql test", () => {
  it("says in one line that a script passes", async () => {
    expect(await test({ "good.test": GOOD })).toEqual({
      code: 0,
      out: "ok    good.test  1 passed\n",
      err: "",
    });
  });

  it("shows what failed with its place, query, expectation and result", async () => {
    expect(await test({ "good.test": GOOD, "bad.test": BAD })).toEqual({
      code: 1,
      out: [
        "ok    good.test  1 passed",
        "FAIL  bad.test  1 of 1 failed",
        "  bad.test:4: rate(requests_total[5m])",
        "    expected  {} 2",
        "    got       {} 1",
        "1 of 2 passed",
        "",
      ].join("\n"),
      err: "",
    });
  });

  it("names the line of a script that it cannot understand", async () => {
    const { code, out } = await test({ "odd.test": "load 1m\n  x one\n" });
    expect({ code, out }).toEqual({ code: 1, out: "odd.test:2: not understood: not a value: one\n" });
  });

  it("could not run when a file is missing, though it shows the others", async () => {
    const { code, out, err } = await test({ "good.test": GOOD }, ["good.test", "none.test"]);
    expect(code).toBe(2);
    expect(out).toBe("ok    good.test  1 passed\n");
    expect(err).toMatch(/^noroshi promql test: could not run: .*none\.test: there is no such file\n$/);
  });

  it("says what to do about a folder, and about YAML", async () => {
    const folder = await test({}, [""]);
    expect(folder).toMatchObject({ code: 2, err: expect.stringContaining("this is a folder") });
    const yaml = await test({ "rules.yml": "rule_files: []\n" });
    expect(yaml).toMatchObject({ code: 1, out: expect.stringContaining("a script is no YAML") });
  });

  it("could not run when nothing is evaluated", async () => {
    const { code, err } = await test({ "empty.test": "# nothing\n" });
    expect(code).toBe(2);
    expect(err).toBe("noroshi promql test: could not run: no evaluation (eval …) in empty.test\n");
  });

  it("lets no script steer the terminal", async () => {
    const { out } = await test({ "evil.test": `eval instant at 0 "\u001b[2J"\n  expect string "x"\n` });
    expect(out).not.toContain("\u001b");
  });

  it("is a command of `noroshi promql`", () => {
    expect(promqlCommand().commands.map((command) => command.name())).toEqual(["test"]);
  });
});
