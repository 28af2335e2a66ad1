import { readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";

/**
 * On a full disk the engine leaves a mutation's file behind without its text, and then never opens the folder again. Such
 * a mutation was never accepted: whoever asked for it got an error. To be called before the engine opens; returns the paths.
 */
export async function removeEmptyMutations(directory: string): Promise<readonly string[]> {
  const removed: string[] = [];
  const store = join(directory, "store");
  for (const prefix of await foldersOf(store)) {
    for (const table of await foldersOf(prefix)) {
      for (const file of await readdir(table)) {
        if (!/^mutation_\d+\.txt$/.test(file)) continue;
        const path = join(table, file);
        if ((await stat(path)).size > 0) continue;
        await unlink(path);
        removed.push(path);
      }
    }
  }
  return removed;
}

async function foldersOf(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
