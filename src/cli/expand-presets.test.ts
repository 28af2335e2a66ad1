import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { durationMs } from "../model/time.ts";
import { PRESET_NAMES } from "../spec/preset/preset.ts";
import { runConvert } from "./convert.ts";
import { runValidate } from "./validate.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-presets-"));
});
afterEach(() => rm(root, { recursive: true }));

const SPEC = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: shop-lag
  annotations:
    noroshi.dev/preset: consumer-lag
    noroshi.dev/preset-metric: jobs_waiting # of our own exporter
    noroshi.dev/preset-threshold: "100"
spec: {service: shop, objectives: [{target: 0.99}]}
`;

function output() {
  const written = { out: "", err: "" };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    isTerminal: false,
  };
  return { written, io };
}

describe("noroshi validate", () => {
  it("shows the queries that a preset stands for", async () => {
    await writeFile(join(root, "shop.yaml"), SPEC);
    const { written, io } = output();
    const options = { format: "text", resolve: true, sliCountsMs: durationMs(400 * 86_400_000) } as const;
    expect(await runValidate([root], options, io)).toBe(0);
    expect(written.out.replaceAll(root, "")).toMatchInlineSnapshot(`
      "/shop.yaml:1:1: info: SLO "shop-lag" is the preset consumer-lag: max by (topic, partition) (jobs_waiting{job=~"(.+/)?shop"}) lte 100
      /shop.yaml:1:1: info: SLO "shop-lag" is evaluated every 30 s: a threshold
      valid: 1 SLO in 1 file
      "
    `);
  });
});

describe("docs/examples", () => {
  it("has one of each preset, valid without a warning", async () => {
    const { written, io } = output();
    const options = { format: "text", resolve: true, sliCountsMs: durationMs(400 * 86_400_000) } as const;
    expect(await runValidate(["docs/examples/presets.yaml"], options, io)).toBe(0);
    const presets = [...written.out.matchAll(/is the preset ([\w-]+):/g)].map(([, preset]) => preset);
    expect(presets).toEqual([...PRESET_NAMES]);
    expect(written.out).toMatch(/\nvalid: 5 SLOs in 1 file\n$/);
  });
});

describe("noroshi convert --expand-presets", () => {
  it("writes the queries in place of the presets, and overwrites nothing", async () => {
    await writeFile(join(root, "shop.yaml"), SPEC);
    const folder = join(root, "plain");
    const options = { output: folder, expandPresets: true };
    const { written, io } = output();
    expect(await runConvert([join(root, "shop.yaml")], options, io)).toBe(0);
    expect(written.err).toBe("converted: 1 SLO of 1 file\n");
    expect(await readFile(join(folder, "shop.yaml"), "utf8")).toMatchInlineSnapshot(`
      "apiVersion: openslo/v1
      kind: SLO
      metadata:
        name: shop-lag
      spec:
        service: shop
        budgetingMethod: Occurrences
        timeWindow:
          - duration: 30d
            isRolling: true
        # The preset consumer-lag.
        indicator:
          metadata:
            name: shop-lag
          spec:
            thresholdMetric:
              metricSource:
                type: prometheus
                spec:
                  query: max by (topic, partition) (jobs_waiting{job=~"(.+/)?shop"})
        objectives: [{op: lte, value: 100, target: 0.99}]
      "
    `);
    expect(await runConvert([join(root, "shop.yaml")], options, output().io)).toBe(2);
  });

  it("says where nothing is to be written out", async () => {
    await writeFile(
      join(root, "shop.yaml"),
      SPEC.replaceAll(/.*preset.*\n/g, "").replace("  annotations:\n", ""),
    );
    const { written, io } = output();
    const code = await runConvert([join(root, "shop.yaml")], { output: undefined, expandPresets: true }, io);
    expect(code).toBe(1);
    await writeFile(
      join(root, "shop.yaml"),
      "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\nspec: {}\n",
    );
    expect(await runConvert([root], { output: undefined, expandPresets: true }, io)).toBe(2);
    expect(written.err).toContain("no SLO with a preset in");
  });
});
