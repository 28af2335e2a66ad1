import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { readFile } from "node:fs/promises";
import { ACCEPT_EXPOSITION } from "./exposition-format.ts";
import type { ScrapeTls } from "./scrape-config.ts";
import type { ScrapeTarget } from "./scrape-target.ts";

/** Asks one target, over a connection that is kept. */
export interface TargetClient {
  /** Follows redirects. Rejects with words for people, which hold no secret, when there is no answer. */
  request(signal: AbortSignal): Promise<IncomingMessage>;
  close(): void;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createTargetClient(target: ScrapeTarget): TargetClient {
  const http = new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const https = new HttpsAgent({ keepAlive: true, maxSockets: 1 });
  const { job } = target;

  const send = (url: URL, options: RequestOptions): Promise<IncomingMessage> =>
    url.protocol === "https:"
      ? answerOf((done) => httpsRequest(url, { ...options, agent: https }, done))
      : answerOf((done) => httpRequest(url, { ...options, agent: http }, done));

  const request = async (signal: AbortSignal): Promise<IncomingMessage> => {
    const authorization = await readAuthorization(target);
    const tls = target.url.protocol === "https:" ? await readTls(job.tls) : {};
    let url = target.url;
    for (let redirects = 0; ; redirects += 1) {
      const isOwn = url.origin === target.url.origin;
      const headers = {
        accept: ACCEPT_EXPOSITION,
        "accept-encoding": "gzip",
        "user-agent": "Noroshi",
        "x-prometheus-scrape-timeout-seconds": String(job.timeoutMs / 1_000),
        // Where a target sends us elsewhere, its secrets stay here.
        ...(authorization !== undefined && isOwn ? { authorization } : {}),
      };
      const answer = await send(url, { headers, signal, ...tls });
      const { location } = answer.headers;
      if (!REDIRECTS.has(answer.statusCode ?? 0) || location === undefined) return answer;
      answer.destroy();
      if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
      if (!URL.canParse(location, url.href)) throw new Error("a redirect to what is no URL");
      url = new URL(location, url);
      if (url.protocol !== "http:" && url.protocol !== "https:") {
        throw new Error(`a redirect to ${url.protocol}, which is not HTTP`);
      }
    }
  };
  return {
    request,
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}

type StartRequest = (done: (answer: IncomingMessage) => void) => ClientRequest;

/** Tries once more where a kept connection turns out to have been closed by the other side meanwhile. */
async function answerOf(start: StartRequest): Promise<IncomingMessage> {
  const first = await sendOnce(start);
  if (first !== "stale") return first;
  const second = await sendOnce(start);
  if (second === "stale") throw new Error("the connection was closed before there was an answer");
  return second;
}

function sendOnce(start: StartRequest): Promise<IncomingMessage | "stale"> {
  return new Promise((resolve, reject) => {
    const request = start(resolve);
    request.on("error", (error: NodeJS.ErrnoException) => {
      const isReset = error.code === "ECONNRESET" || error.code === "EPIPE";
      if (request.reusedSocket && isReset) resolve("stale");
      else reject(error);
    });
    request.end();
  });
}

async function readAuthorization({ job }: ScrapeTarget): Promise<string | undefined> {
  if (job.bearerTokenFile !== undefined) return `Bearer ${await readSecret(job.bearerTokenFile)}`;
  if (job.basicAuth === undefined) return undefined;
  const password = await readSecret(job.basicAuth.passwordFile);
  return `Basic ${Buffer.from(`${job.basicAuth.username}:${password}`).toString("base64")}`;
}

async function readSecret(file: string): Promise<string> {
  const secret = (await readNamed(file)).trim();
  // Node's own message for such a header is fine today; this one is sure not to show it.
  if (!/^[\x20-\x7e\x80-\xff]*$/.test(secret)) throw new Error(`${file} holds more than one line`);
  return secret;
}

async function readTls(tls: ScrapeTls): Promise<Record<string, string | boolean>> {
  const options: Record<string, string | boolean> = {};
  if (tls.caFile !== undefined) options["ca"] = await readNamed(tls.caFile);
  if (tls.certFile !== undefined) options["cert"] = await readNamed(tls.certFile);
  if (tls.keyFile !== undefined) options["key"] = await readNamed(tls.keyFile);
  if (tls.serverName !== undefined) options["servername"] = tls.serverName;
  if (tls.insecureSkipVerify === true) options["rejectUnauthorized"] = false;
  return options;
}

async function readNamed(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new Error(`${file} cannot be read${code}`, { cause: error });
  }
}
