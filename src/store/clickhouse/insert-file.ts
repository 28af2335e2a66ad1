import { createHash } from "node:crypto";
import { unlinkSync, writeFileSync } from "node:fs";
import { access, constants, mkdir, rm, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Hands RowBinary bytes to the embedded engine as files: in memory where /dev/shm is there, else beside the data. */
export interface InsertFiles {
  /** Writes `rows`, calls `use` with the path, removes the file. */
  readonly withFile: <T>(rows: Uint8Array, use: (path: string) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

const SHARED_MEMORY = "/dev/shm";
/** Copying so much into memory takes less time than asking a thread of Node's pool, which may be busy, to do it. */
const AT_ONCE_BYTES = 4 * 1024 * 1024;

/** Also removes what an earlier process on the same directory left behind; the caller holds the directory's lock. */
export async function openInsertFiles(directory: string): Promise<InsertFiles> {
  const onDisk = join(resolve(directory), "..", "clickhouse-inserts");
  const name = createHash("sha256").update(resolve(directory)).digest("hex").slice(0, 16);
  const inMemory = (await writable(SHARED_MEMORY)) ? join(SHARED_MEMORY, `noroshi-${name}`) : undefined;
  const folders = inMemory === undefined ? [onDisk] : [inMemory, onDisk];
  for (const folder of folders) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  let sequence = 0;

  const write = async (rows: Uint8Array): Promise<string> => {
    sequence += 1;
    const file = `${sequence}.rowbinary`;
    if (inMemory !== undefined) {
      const path = join(inMemory, file);
      try {
        if (rows.length <= AT_ONCE_BYTES) writeFileSync(path, rows, { mode: 0o600 });
        else await writeFile(path, rows, { mode: 0o600 });
        return path;
      } catch {
        // Containers often have 64 MiB of shared memory: what does not fit goes to the disk.
        await unlink(path).catch(() => {});
      }
    }
    const path = join(onDisk, file);
    await writeFile(path, rows, { mode: 0o600 });
    return path;
  };
  const remove = async (path: string): Promise<void> => {
    if (inMemory === undefined || !path.startsWith(inMemory)) return unlink(path).catch(() => {});
    try {
      unlinkSync(path);
    } catch {
      // Removed when the directory is opened again.
    }
  };
  return {
    withFile: async (rows, use) => {
      const path = await write(rows);
      try {
        return await use(path);
      } finally {
        await remove(path);
      }
    },
    close: async () => {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
