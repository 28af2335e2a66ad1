import { CannotRun } from "./spec-files.ts";

export interface ServerOptions {
  /** URL, perhaps with a path. */
  readonly server: string;
  readonly apiKey?: string;
}

/** An answer as parsed JSON, with its status. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Diffs count what is stored. */
const LONGEST_ANSWER_MS = 300_000;

/** POSTs JSON to a Noroshi. Throws CannotRun as askServer does. */
export function postToServer(options: ServerOptions, path: string, body: unknown): Promise<ServerAnswer> {
  return askServer(options, "POST", path, body);
}

/** Asks a Noroshi, with JSON or without. Throws CannotRun where it is not there or does not answer in JSON. */
export async function askServer(
  { server, apiKey }: ServerOptions,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: unknown,
): Promise<ServerAnswer> {
  if (!/^https?:\/\//i.test(server) || !URL.canParse(server)) {
    throw new CannotRun(`--server ${withoutPassword(server)}: write a URL such as http://127.0.0.1:7070`);
  }
  const root = server.replace(/\/+$/, "");
  const shown = withoutPassword(root);
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (apiKey !== undefined && apiKey !== "") headers["authorization"] = `Bearer ${apiKey}`;
  const response = await fetch(`${root}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
  }).catch((error: unknown) => {
    throw new CannotRun(`${shown} cannot be reached: ${causeOf(error)}`);
  });
  const text = await response.text().catch((error: unknown) => {
    throw new CannotRun(`${shown} did not finish its answer: ${causeOf(error)}`);
  });
  const answer = parseJson(text);
  if (answer === undefined && response.status !== 204) {
    throw new CannotRun(`${shown} answered ${response.status} and no JSON; is it a Noroshi?`);
  }
  return { status: response.status, body: answer };
}

/** What a problem document says, for a sentence. */
export function problemText({ status, body }: ServerAnswer): string {
  const detail =
    typeof body === "object" && body !== null ? (body as { detail?: unknown }).detail : undefined;
  const said = typeof detail === "string" ? detail : "without saying why";
  const hint = status === 401 || status === 403 ? "; give a key with --api-key or NOROSHI_API_KEY" : "";
  return `the server answered ${status}: ${said}${hint}`;
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${LONGEST_ANSWER_MS / 60_000} minutes`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
