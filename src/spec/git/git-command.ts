import { execFile } from "node:child_process";
import { GitFailure } from "./git-failure.ts";

export interface GitCommandOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
}

/** Neither hooks, nor questions, nor another protocol than ssh, whatever the user's configuration says. */
const SAFE = [
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "protocol.allow=never",
  "-c",
  "protocol.ssh.allow=always",
  "-c",
  "fetch.recurseSubmodules=false",
  "-c",
  "gc.auto=0",
];

/**
 * Runs the command `git` for a repository that is reached by ssh, with the user's ssh keys and known hosts. Resolves to
 * its output. Throws GitFailure.
 */
export function runGit(args: readonly string[], { signal, cwd }: GitCommandOptions): Promise<string> {
  const env = {
    ...process.env,
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
    // Asks nothing: nobody is there to answer.
    GIT_SSH_COMMAND: process.env["GIT_SSH_COMMAND"] ?? "ssh -o BatchMode=yes -o ConnectTimeout=15",
  };
  return new Promise((resolve, reject) => {
    execFile(
      "git",
      [...SAFE, ...args],
      { env, signal, cwd, maxBuffer: 16 * 1024 * 1024, encoding: "utf8" },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(commandFailure(error, stderr));
      },
    );
  });
}

function commandFailure(error: Error & { code?: unknown }, stderr: string): Error {
  if (error.name === "AbortError") return error;
  if (error.code === "ENOENT")
    return new GitFailure(
      "the command git is not installed, and ssh needs it; install git and ssh, or use an https:// URL with NOROSHI_GIT_TOKEN",
    );
  if (/Permission denied \(/.test(stderr))
    return new GitFailure(
      "the ssh key is refused; add the key of this user to the repository as a deploy key",
    );
  if (/Host key verification failed/.test(stderr))
    return new GitFailure(
      "the host is not in known_hosts of this user; add it with ssh-keyscan, after checking its key",
    );
  if (/Could not resolve hostname/.test(stderr)) return new GitFailure("the host cannot be found");
  if (/Connection refused|Connection timed out|No route to host/.test(stderr))
    return new GitFailure("the host cannot be reached by ssh");
  if (/not found|does not exist|does not appear to be a git repository/i.test(stderr))
    return new GitFailure("there is no such repository, or this ssh key may not see it");
  if (/cannot run ssh/.test(stderr))
    return new GitFailure("the command ssh is not installed; install it, or use an https:// URL");
  const line = stderr
    .split("\n")
    .map((text) => text.trim())
    .find((text) => text.startsWith("fatal:") || text.startsWith("error:"));
  return new GitFailure(
    `git failed: ${(line ?? stderr.trim().split("\n").at(-1) ?? "no reason given").slice(0, 200)}`,
  );
}
