import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runConvert } from "./convert.ts";

const SLOTH = await readFile("test/convert/sloth.yaml", "utf8");
const GOLDEN = await readFile("test/convert/sloth.openslo.yaml", "utf8");

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-convert-"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function convert(
  paths: readonly string[],
  output?: string,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = "";
  let err = "";
  const code = await runConvert(
    paths.map((path) => join(root, path)),
    { output: output === undefined ? undefined : join(root, output) },
    {
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
      isTerminal: false,
    },
  );
  return { code, out, err: err.replaceAll(root, "in") };
}

describe("runConvert", () => {
  it("prints OpenSLO and exits 0; what is lost goes to standard error", async () => {
    await writeFile(join(root, "a.yml"), SLOTH);
    expect(await convert(["a.yml"])).toEqual({
      code: 0,
      out: GOLDEN,
      err: `in/a.yml:14:13: not carried over: slos[0].alerting.name: alerts are called after their SLO and their tier
in/a.yml:16:20: not carried over: slos[0].alerting.page_alert.labels: page and ticket alerts have the labels of their SLO
in/a.yml:23:13: not carried over: slos[1].alerting.name: alerts are called after their SLO and their tier
converted: 2 SLOs of 1 file, 3 fields not carried over
`,
    });
  });

  it("writes file by file where the sources lie, and never overwrites", async () => {
    await mkdir(join(root, "specs", "shop"), { recursive: true });
    await writeFile(join(root, "specs", "shop", "a.yml"), SLOTH);
    await writeFile(join(root, "specs", "note.yaml"), "a: 1\n");
    expect(await convert(["specs"], "out")).toMatchObject({ code: 0, out: "" });
    expect(await readdir(join(root, "out"), { recursive: true })).toEqual(["shop", "shop/a.yaml"]);
    expect(await readFile(join(root, "out", "shop", "a.yaml"), "utf8")).toBe(GOLDEN);
    const again = await convert(["specs"], "out");
    expect(again.code).toBe(2);
    expect(again.err).toContain("could not run: in/out/shop/a.yaml is there already");
  });

  it("refuses two files that would become one", async () => {
    await writeFile(join(root, "a.yml"), SLOTH);
    await writeFile(join(root, "a.yaml"), SLOTH.replaceAll("checkout", "other"));
    const { code, err } = await convert(["a.yml", "a.yaml"], "out");
    expect(code).toBe(2);
    expect(err).toContain("in/a.yaml and in/a.yml would both become in/out/a.yaml");
  });

  it("exits 1 when an SLO has errors, and converts the others", async () => {
    await writeFile(join(root, "a.yml"), SLOTH.replace("objective: 99.9", "objective: 200"));
    const { code, out, err } = await convert(["a.yml"]);
    expect(code).toBe(1);
    expect(out).toContain("name: checkout-freshness");
    expect(err).toContain("in/a.yml:6:16: error: 200 is not a target");
    expect(err).toContain("converted: 1 SLO of 1 file, 1 SLO with errors, 1 field not carried over\n");
  });

  it("exits 2 when a path is missing, or there is nothing to convert", async () => {
    expect((await convert(["nope.yml"])).code).toBe(2);
    await writeFile(join(root, "a.yml"), GOLDEN);
    const { code, err } = await convert(["a.yml"]);
    expect(code).toBe(2);
    expect(err).toContain("no Sloth or Pyrra document in in/a.yml");
  });
});
