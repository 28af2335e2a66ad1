import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";

/** How often a holder shows that it lives, and after how long without a sign another host may take over. */
const BEAT_MS = 5_000;
const SILENT_MS = 30_000;
/** Between two looks while another process takes a dead one's lock over. */
const TAKEOVER_WAIT_MS = 20;

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the system's own units: tells a reused process id apart. "" where unknown. */
  readonly startedAt: string;
  readonly token: string;
}

/** The directory is in use by a process that lives. */
export class DirectoryLockedError extends Error {
  override readonly name = "DirectoryLockedError";
}

export interface DirectoryLock {
  release(): Promise<void>;
}

const heldHere = new Set<string>();

/**
 * Makes this process the only user of `directory` through `<directory>.lock`. The lock of a process that was killed is
 * taken over. Throws DirectoryLockedError, naming the directory and the process, when it is in use.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = `${resolve(directory)}.lock`;
  await mkdir(dirname(path), { recursive: true });
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    startedAt: await processStart(process.pid),
    token: randomUUID(),
  };
  const mine = `${path}.${holder.token}`;
  await writeFile(mine, JSON.stringify(holder), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      if (await linked(mine, path)) return hold(path, holder.token);
      await removeIfDead(path, directory);
    }
    throw new DirectoryLockedError(
      `the data directory ${directory} is being opened by other processes at the same time`,
    );
  } finally {
    await unlink(mine).catch(() => {});
  }
}

function hold(path: string, token: string): DirectoryLock {
  heldHere.add(token);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, BEAT_MS);
  beat.unref();
  return {
    release: async () => {
      clearInterval(beat);
      if (!heldHere.delete(token)) return;
      const holder = await readHolder(path);
      if (holder?.token === token) await unlink(path).catch(() => {});
    },
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Throws when the holder lives. One process at a time removes a dead one's lock, and looks again before it does. */
async function removeIfDead(path: string, directory: string): Promise<void> {
  await refuseIfAlive(path, directory);
  const guard = `${path}.takeover`;
  try {
    await writeFile(guard, "", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    await removeIfOld(guard);
    await setTimeout(TAKEOVER_WAIT_MS);
    return;
  }
  try {
    await refuseIfAlive(path, directory);
    await unlink(path).catch(() => {});
  } finally {
    await unlink(guard).catch(() => {});
  }
}

async function refuseIfAlive(path: string, directory: string): Promise<void> {
  const holder = await readHolder(path);
  if (holder === undefined || !(await alive(holder, path))) return;
  throw new DirectoryLockedError(
    `the data directory ${directory} is in use by process ${holder.pid} on ${holder.host}: stop it, or set NOROSHI_DATA_DIR to another directory`,
  );
}

/** A process killed in the few milliseconds of a takeover leaves its guard behind. */
async function removeIfOld(guard: string): Promise<void> {
  const { mtimeMs } = await stat(guard).catch(() => ({ mtimeMs: Infinity }));
  if (Date.now() - mtimeMs > SILENT_MS) await unlink(guard).catch(() => {});
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    const { pid, host, startedAt, token } = value as Record<string, unknown>;
    if (typeof pid !== "number" || typeof host !== "string") return undefined;
    return { pid, host, startedAt: String(startedAt), token: String(token) };
  } catch {
    return undefined;
  }
}

async function alive(holder: Holder, path: string): Promise<boolean> {
  if (holder.host !== hostname()) {
    // Another host, or an earlier container: its processes cannot be seen from here, only its sign of life.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
    return Date.now() - mtimeMs < SILENT_MS;
  }
  if (holder.pid === process.pid) return heldHere.has(holder.token);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return holder.startedAt === "" || holder.startedAt === (await processStart(holder.pid));
}

/** Field 22 of /proc/<pid>/stat with the boot it belongs to; "" where there is no /proc. */
async function processStart(pid: number): Promise<string> {
  try {
    const [status, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ]);
    return `${boot.trim()}/${status.slice(status.lastIndexOf(")") + 2).split(" ")[19] ?? ""}`;
  } catch {
    return "";
  }
}
