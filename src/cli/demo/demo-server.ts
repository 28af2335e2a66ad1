import { rmSync } from "node:fs";
import { basename, dirname } from "node:path";
import { createApp } from "../../app.ts";
import { loadConfig } from "../../config.ts";
import { createLog } from "../../self/log.ts";
import { packageVersion } from "../package-version.ts";
import { CLOCK_VARIABLE, FOLDER_PREFIX } from "./service-process.ts";
import type { ReadyMessage } from "./service-process.ts";
import { parseSimClock, simNow } from "./sim-clock.ts";

/** Noroshi as `serve` runs it, but on the demo's clock. Tells its addresses to the process that started it. */
async function main(): Promise<void> {
  const clock = parseSimClock(process.env[CLOCK_VARIABLE] ?? "");
  if (clock === undefined || process.send === undefined)
    throw new Error("this is a part of `noroshi demo`; run that");
  const result = loadConfig(process.env);
  if (!result.ok) throw new Error(result.problems.join("\n"));
  const { file } = result.config;
  // What it would say of itself is timed by the real clock, and no part of the story.
  const config = { ...result.config, file: { ...file, self: { ...file.self, alerts: false } } };
  const log = createLog(config.file.log.level, "json");
  // Ctrl-C reaches the whole process group; the story decides when the service stops.
  process.on("SIGINT", () => {});
  const stopAsked = new Promise<"asked" | "abandoned">((resolve) => {
    process.once("SIGTERM", () => resolve("asked"));
    process.once("disconnect", () => resolve("abandoned"));
  });
  const app = createApp({ config, log, version: packageVersion(), now: simNow(clock, Date.now) });
  const { url, otlpHttpUrl } = await app.start();
  const ready: ReadyMessage = { url, otlpHttpUrl: otlpHttpUrl ?? url };
  process.send(ready);
  const why = await stopAsked;
  await app.stop();
  // The story was killed and cannot tidy up any more.
  const folder = dirname(config.dataDir);
  if (why === "abandoned" && basename(folder).startsWith(FOLDER_PREFIX))
    rmSync(folder, { recursive: true, force: true });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(2);
  },
);
