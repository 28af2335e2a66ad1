import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lockDirectory } from "./lock-directory.ts";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});
const newDirectory = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "noroshi-lock-"));
  folders.push(folder);
  return join(folder, "data");
};

/** A process id that no process has: above the largest that Linux and macOS give. */
const NOBODY = 2 ** 30;

async function plantLock(directory: string, changes: Record<string, unknown>): Promise<void> {
  const lock = await lockDirectory(directory);
  const holder = JSON.parse(await readFile(`${directory}.lock`, "utf8")) as Record<string, unknown>;
  await lock.release();
  await writeFile(`${directory}.lock`, JSON.stringify({ ...holder, token: "other", ...changes }));
}

describe("the lock of a data directory", () => {
  it("is held by one at a time and leaves nothing behind", async () => {
    const directory = await newDirectory();
    const lock = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(
      `${directory} is in use by process ${process.pid}`,
    );
    await lock.release();
    await lock.release();
    expect(await readdir(join(directory, ".."))).toEqual([]);
    await (await lockDirectory(directory)).release();
  });

  it("is taken by exactly one of many that try at the same time, also over a dead one's", async () => {
    for (const dead of [false, ...Array.from({ length: 20 }, () => true)]) {
      const directory = await newDirectory();
      if (dead) await plantLock(directory, { pid: NOBODY });
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)));
      const taken = attempts.filter((attempt) => attempt.status === "fulfilled");
      expect(taken).toHaveLength(1);
      await taken[0]?.value.release();
    }
  });

  it("of a process that is gone, or whose id another process has now, is taken over", async () => {
    const directory = await newDirectory();
    await plantLock(directory, { pid: NOBODY });
    await (await lockDirectory(directory)).release();
    // The parent lives, but began at another time than the lock says.
    await plantLock(directory, { pid: process.ppid, startedAt: "another boot/1" });
    await (await lockDirectory(directory)).release();
    // An earlier container: the same process id, here and now this process itself.
    await plantLock(directory, { pid: process.pid });
    await (await lockDirectory(directory)).release();
    await writeFile(`${directory}.lock`, "not json");
    await (await lockDirectory(directory)).release();
  });

  it("of another host holds for as long as it shows signs of life", async () => {
    const directory = await newDirectory();
    await plantLock(directory, { host: "elsewhere", pid: NOBODY });
    await expect(lockDirectory(directory)).rejects.toThrow("on elsewhere");
    const minuteAgo = new Date(Date.now() - 60_000);
    await utimes(`${directory}.lock`, minuteAgo, minuteAgo);
    await (await lockDirectory(directory)).release();
  });
});
