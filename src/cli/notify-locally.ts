import { hostname, userInfo } from "node:os";
import type { ReceiverTestBody } from "../api/receiver-schema.ts";
import { loadConfig, type Environment } from "../config.ts";
import { hostText } from "../listen.ts";
import { createLog } from "../self/log.ts";
import { tryReceiver } from "../wire/receivers-api.ts";
import { routingOf } from "../wire/telling.ts";
import { CannotRun } from "./spec-files.ts";

/** Receivers that can be tried. */
export interface LocalTests {
  /** For people: who sends. */
  readonly where: string;
  /** Their names. */
  readonly receivers: readonly string[];
  test(name: string): Promise<ReceiverTestBody>;
}

/** Sends from here, with noroshi.yaml and the secrets of the environment. Throws CannotRun where they do not fit. */
export function localTests(env: Environment): LocalTests {
  const loaded = loadConfig(env);
  if (!loaded.ok) throw new CannotRun(`the configuration has problems:\n  ${loaded.problems.join("\n  ")}`);
  const { config } = loaded;
  const { host, port } = config.listen;
  const publicUrl = config.file.publicUrl ?? `http://${hostText(host)}:${port}`;
  const { receivers } = routingOf(config);
  const log = createLog("info", "json");
  const by = `${userName()} on ${hostname()}`;
  return {
    where: `From here, with ${env["NOROSHI_CONFIG"] || "./noroshi.yaml"} and the environment:`,
    receivers: receivers.map(({ name }) => name),
    test: (name) => {
      const receiver = receivers.find((candidate) => candidate.name === name);
      if (receiver === undefined) throw new CannotRun(`no receiver is called "${name}"`);
      return tryReceiver(receiver, { config, log, publicUrl, by });
    },
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody";
  }
}
