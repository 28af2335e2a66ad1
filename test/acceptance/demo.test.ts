import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "../../dist/cli/main.js");

/** The demo as people run it, in a process group of its own and with a folder of its own for temporary files. */
describe("noroshi demo", () => {
  let temporary: string;
  let demo: ChildProcess | undefined;

  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), "demo-test-"));
  });

  afterEach(() => {
    if (demo?.pid !== undefined && groupRuns(demo.pid)) process.kill(-demo.pid, "SIGKILL");
    rmSync(temporary, { recursive: true, force: true });
  });

  const start = (...args: string[]): { story: () => string; ended: Promise<number | null> } => {
    let text = "";
    const child = spawn(process.execPath, [MAIN, "demo", ...args], {
      cwd: temporary,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], TMPDIR: temporary },
    });
    demo = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    return {
      story: () => text,
      ended: new Promise((resolve) => child.once("close", (code) => resolve(code))),
    };
  };

  const expectNothingLeft = (): void => {
    expect(readdirSync(temporary)).toEqual([]);
    expect(groupRuns(demo?.pid ?? 0)).toBe(false);
  };

  it(
    "pages, writes to Slack and resolves both, then leaves nothing behind",
    { timeout: 180_000 },
    async () => {
      const fromMs = Date.now();
      const { story, ended } = start();
      expect({ code: await ended, story: story() }).toMatchObject({ code: 0 });
      expect(Date.now() - fromMs).toBeLessThan(120_000);
      const text = story();
      const order = [
        "FAULT INJECTED",
        "PAGERDUTY · incident",
        "FAULT ENDED",
        "PAGERDUTY · resolved",
        "Everything came true",
      ];
      expect(order.map((words) => text.indexOf(words))).toEqual(
        order.map((words) => text.indexOf(words)).toSorted((a, b) => a - b),
      );
      for (const words of [
        ...order,
        "SLACK · #alerts",
        "SLACK · in thread",
        "PagerDuty resolved",
        "Slack resolved",
      ])
        expect(text).toContain(words);
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
      expect(text).not.toContain("\u001B");
      expectNothingLeft();
    },
  );

  it("stops on Ctrl-C, in the middle of the story, and cleans up", { timeout: 90_000 }, async () => {
    const { story, ended } = start();
    await until(() => story().includes("FAULT INJECTED"));
    // A terminal signals the whole foreground group.
    process.kill(-(demo?.pid ?? 0), "SIGINT");
    expect({ code: await ended, story: story() }).toMatchObject({ code: 130 });
    expect(story()).toContain("Stopped before the end of the story.");
    expectNothingLeft();
  });

  it("lists its scenarios", async () => {
    const { story, ended } = start("--list");
    expect(await ended).toBe(0);
    for (const name of ["card-outage", "slow-ledger", "bad-version", "regional"])
      expect(story()).toContain(name);
    expectNothingLeft();
  });
});

function groupRuns(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 100));
}
