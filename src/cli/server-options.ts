import { Option } from "commander";

/** `--server`, the same for every command that asks a running service. */
export function serverOption(what = "the Noroshi to ask"): Option {
  return new Option("--server <url>", what).env("NOROSHI_SERVER").default("http://127.0.0.1:7070");
}

/** `--api-key`; in the environment rather than on the command line, where others may see it. */
export function apiKeyOption(): Option {
  return new Option("--api-key <key>", "sent as Authorization: Bearer").env("NOROSHI_API_KEY");
}
