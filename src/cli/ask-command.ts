import { Option, type Command } from "commander";
import { z } from "zod";
import { HistoryError } from "../backtest/history.ts";
import { CannotRun } from "./spec-files.ts";
import type { CommandOutput } from "./validate.ts";

/** `--server`, the same for every command that asks a running service. */
export function serverOption(what = "the Noroshi to ask"): Option {
  return new Option("--server <url>", what).env("NOROSHI_SERVER").default("http://127.0.0.1:7070");
}

/** `--api-key`; in the environment rather than on the command line, where others may see it. */
export function apiKeyOption(): Option {
  return new Option("--api-key <key>", "sent as Authorization: Bearer").env("NOROSHI_API_KEY");
}

/** `--format text|json`. */
export function formatOption(): Option {
  return new Option("--format <format>", "how to print").choices(["text", "json"]).default("text");
}

/** Whom to ask, and how to print what it says. */
export function withServer(command: Command): Command {
  return command.addOption(serverOption()).addOption(apiKeyOption()).addOption(formatOption());
}

/** Where a command prints to. */
export function terminal(): CommandOutput {
  return { stdout: process.stdout, stderr: process.stderr, isTerminal: process.stdout.isTTY };
}

/**
 * Does the work of a command, `silence add` for instance, and resolves to its exit code: 2, with a sentence, where the server
 * cannot be asked or answers as another version would.
 */
export async function runAsking(
  command: string,
  server: string | undefined,
  io: CommandOutput,
  work: () => Promise<0 | 1 | 2>,
): Promise<0 | 1 | 2> {
  try {
    return await work();
  } catch (error) {
    const isKnown = error instanceof CannotRun || error instanceof HistoryError;
    if (!isKnown && !(error instanceof z.ZodError)) throw error;
    const strange = `${server ?? ""} did not answer as a Noroshi of this version does`;
    io.stderr.write(`noroshi ${command}: could not run: ${isKnown ? error.message : strange}\n`);
    return 2;
  }
}

/** Prints why the server refuses, and gives the exit code of that. */
export function refused(command: string, { body }: { readonly body: unknown }, io: CommandOutput): 1 {
  const { detail } = z.object({ detail: z.string() }).parse(body);
  io.stderr.write(`noroshi ${command}: ${detail}\n`);
  return 1;
}

/** For programs. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
