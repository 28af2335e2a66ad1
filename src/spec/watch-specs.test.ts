import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LoadedSpecs } from "./load-specs.ts";
import { createFolderSource } from "./source/folder-source.ts";
import type { SpecSource } from "./source/spec-source.ts";
import { watchSpecs, type SpecWatcher } from "./watch-specs.ts";

const slo = (name: string, target = 0.99): string => `apiVersion: openslo/v1
kind: SLO
metadata: {name: ${name}}
spec:
  service: s
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec: {ratioMetric: {good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}, total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}}}
  objectives: [{target: ${target}}]
`;

let root: string;
let watcher: SpecWatcher | undefined;
let heard: LoadedSpecs[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-watch-"));
  heard = [];
});
afterEach(async () => {
  await watcher?.close();
  watcher = undefined;
  await rm(root, { recursive: true, force: true });
});

async function start(rescanMs = 60_000, confirmRemovalMs = 200): Promise<SpecWatcher> {
  watcher = await watchSpecs({
    sources: [createFolderSource(root, { settleMs: 30, rescanMs })],
    onChange: (specs) => heard.push(specs),
    confirmRemovalMs,
  });
  return watcher;
}
const put = (name: string, text: string): Promise<void> => writeFile(join(root, name), text);
const targets = (): string =>
  watcher!
    .current()
    .slos.map(({ name, target }) => `${name} ${target}`)
    .join(", ");
async function eventually(expected: string): Promise<void> {
  for (let waited = 0; waited < 8_000 && targets() !== expected; waited += 20) await sleep(20);
  expect(targets()).toBe(expected);
}

describe("watchSpecs", () => {
  it("has loaded what is there when it resolves, and tells of changes, new files and deletions", async () => {
    await put("a.yaml", slo("a"));
    await start();
    expect(targets()).toBe("a 0.99");
    expect(heard).toEqual([]);
    await put("a.yaml", slo("a", 0.98));
    await eventually("a 0.98");
    await mkdir(join(root, "team"));
    await put("team/b.yaml", slo("b"));
    await eventually("a 0.98, b 0.99");
    await unlink(join(root, "a.yaml"));
    await eventually("b 0.99");
    expect(heard.at(-1)).toBe(watcher!.current());
  });

  it("hears of the atomic rename by which editors save, every time", async () => {
    await put("a.yaml", slo("a"));
    await start();
    for (const target of [0.91, 0.92, 0.93]) {
      await put(".a.yaml.swp", slo("a", target));
      await rename(join(root, ".a.yaml.swp"), join(root, "a.yaml"));
      await eventually(`a ${target}`);
    }
  });

  it("hears of the link swap of a Kubernetes ConfigMap", async () => {
    const version = async (name: string, target: number): Promise<void> => {
      await mkdir(join(root, name));
      await put(`${name}/a.yaml`, slo("a", target));
      await symlink(name, join(root, "..data_tmp"));
      await rename(join(root, "..data_tmp"), join(root, "..data"));
    };
    await version("..2026_01", 0.9);
    await symlink("..data/a.yaml", join(root, "a.yaml"));
    await start();
    expect(targets()).toBe("a 0.9");
    await version("..2026_02", 0.95);
    await rm(join(root, "..2026_01"), { recursive: true });
    await eventually("a 0.95");
  });

  it("keeps the last good SLOs of a file that breaks, and takes them up again when it is mended", async () => {
    await put("a.yaml", slo("a"));
    await put("b.yaml", slo("b"));
    const specs = await start();
    await put("a.yaml", `${slo("a").slice(0, 120)}: [`);
    await specs.reload();
    expect(targets()).toBe("a 0.99, b 0.99");
    expect(specs.current().files.map(({ stale, errors }) => [stale, errors.length > 0])).toEqual([
      [true, true],
      [false, false],
    ]);
    await put("a.yaml", slo("a", 0.97));
    await eventually("a 0.97, b 0.99");
    expect(specs.current().files.some(({ stale }) => stale)).toBe(false);
  });

  it("never drops an SLO while its file is written in pieces or replaced", async () => {
    const text = `${slo("a")}---\n${slo("b")}`;
    await put("a.yaml", text);
    await start(60_000, 1_500);
    for (let round = 0; round < 3; round += 1) {
      await put("a.yaml", "");
      await sleep(50);
      await put("a.yaml", text.slice(0, slo("a").length));
      await sleep(60);
      await unlink(join(root, "a.yaml"));
      await sleep(60);
      await put("a.yaml", `${text}# ${round}\n`);
      await sleep(100);
    }
    await eventually("a 0.99, b 0.99");
    for (const { slos } of heard) expect(slos.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("tells nothing when a file is written with the same text", async () => {
    await put("a.yaml", slo("a"));
    const specs = await start();
    await put("a.yaml", slo("a"));
    await specs.reload();
    expect(heard).toEqual([]);
  });

  it("waits for a folder that is not there yet, and keeps the SLOs of one that vanishes", async () => {
    await rm(root, { recursive: true });
    await start(200);
    expect(watcher!.current().diagnostics.map(({ message }) => message)).toEqual([
      "there is no such file or folder",
    ]);
    await mkdir(root);
    await put("a.yaml", slo("a"));
    await eventually("a 0.99");
    await rm(root, { recursive: true });
    await watcher!.reload();
    expect(targets()).toBe("a 0.99");
    expect(watcher!.current().files.some(({ stale }) => stale)).toBe(true);
  });

  it("is silent after close", async () => {
    await put("a.yaml", slo("a"));
    const specs = await start(50);
    await specs.close();
    await put("a.yaml", slo("a", 0.5));
    await sleep(300);
    expect(heard).toEqual([]);
  });

  it("counts a file once that two folders hold, one of them through a link", async () => {
    await mkdir(join(root, "team"));
    await put("team/b.yaml", slo("b"));
    await symlink("team", join(root, "also"));
    watcher = await watchSpecs({
      sources: [root, join(root, "team")].map((path) => createFolderSource(path)),
      onChange: (specs) => heard.push(specs),
    });
    expect(targets()).toBe("b 0.99");
    expect(watcher.current().diagnostics).toEqual([]);
  });

  it("goes on with the other sources while one hangs or fails", async () => {
    await put("a.yaml", slo("a"));
    let reads = 0;
    const stuck: SpecSource = {
      name: "stuck",
      kind: "git",
      read: () => {
        reads += 1;
        return reads === 1 ? Promise.resolve({ texts: [], problems: [] }) : new Promise(() => {});
      },
      watch: () => Promise.reject(new Error("no news from here")),
      close: () => Promise.resolve(),
    };
    const failures: string[] = [];
    watcher = await watchSpecs({
      sources: [stuck, createFolderSource(root, { settleMs: 30, rescanMs: 60_000 })],
      onChange: (specs) => heard.push(specs),
      onWatchError: (error, { name }) => failures.push(`${name}: ${String(error)}`),
    });
    expect(failures).toEqual(["stuck: Error: no news from here"]);
    await put("a.yaml", slo("a", 0.98));
    await eventually("a 0.98");
    expect(reads).toBe(2);
  });

  it("begins with what ran before a restart where files fail now", async () => {
    await put("a.yaml", `${slo("a").slice(0, 120)}: [`);
    await put("b.yaml", slo("b"));
    watcher = await watchSpecs({
      sources: [createFolderSource(root)],
      onChange: (specs) => heard.push(specs),
      lastGood: [
        { path: join(root, "a.yaml"), text: slo("a", 0.97) },
        { path: join(root, "b.yaml"), text: slo("b", 0.97) },
        { path: join(root, "deleted.yaml"), text: slo("deleted") },
      ],
    });
    expect(targets()).toBe("a 0.97, b 0.99");
    expect(watcher.current().files.map(({ stale }) => stale)).toEqual([true, false]);
  });
});
