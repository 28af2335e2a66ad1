import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The clock of a process: so many milliseconds ahead of the real one. */
export interface Clock {
  /** For the process. */
  readonly env: Readonly<Record<string, string>>;
  /** The clock steps; the process sees it within a fifth of a second. */
  set(aheadMs: number): Promise<void>;
}

/** Read again and again: a clock may step while the process runs. */
const SHIFT = `
import { readFileSync } from "node:fs";
const RealDate = Date;
let aheadMs = 0;
const read = () => {
  try {
    aheadMs = Number(readFileSync(process.env.TEST_CLOCK, "utf8"));
  } catch {}
};
read();
setInterval(read, 100).unref();
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + aheadMs] : given));
  }
  static now() {
    return RealDate.now() + aheadMs;
  }
};
`;

/** `name`: unique in the folder. */
export async function createClock(folder: string, name: string, aheadMs: number): Promise<Clock> {
  const script = join(folder, "clock.mjs");
  const file = join(folder, `clock-${name}`);
  const set = (ms: number): Promise<void> => writeFile(file, String(ms));
  await writeFile(script, SHIFT);
  await set(aheadMs);
  return { env: { NODE_OPTIONS: `--import=${script}`, TEST_CLOCK: file }, set };
}
