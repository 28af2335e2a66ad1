import type { HttpClient } from "isomorphic-git";
import { GitFailure } from "./git-failure.ts";

export interface GitHttpOptions {
  readonly signal: AbortSignal;
  /** Of all answers together. */
  readonly maxBytes: number;
}

/** HTTP for isomorphic-git, with an end and a limit. Redirects are followed on the same host alone. */
export function createGitHttp({ signal, maxBytes }: GitHttpOptions): HttpClient {
  let received = 0;
  async function* counted(body: ReadableStream<Uint8Array>): AsyncIterableIterator<Uint8Array> {
    for await (const chunk of body) {
      received += chunk.byteLength;
      if (received > maxBytes) {
        const limit = `${Math.round(maxBytes / 1024 / 1024)} MiB`;
        throw new GitFailure(
          `the newest commit alone is larger than ${limit}; keep the specs in a smaller repository, or in a branch that has them alone`,
        );
      }
      yield chunk;
    }
  }
  /** Where the repository has moved to, as its first answer said. */
  let moved: { readonly from: string; readonly to: string } | undefined;
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    let at =
      moved !== undefined && url.startsWith(moved.from) ? moved.to + url.slice(moved.from.length) : url;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
      const response = await fetch(at, { ...init, redirect: "manual", signal });
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null) {
        if (at !== url) moved ??= { from: repositoryOf(url), to: repositoryOf(at) };
        return response;
      }
      await response.body?.cancel();
      at = redirected(at, location, init.method);
    }
    throw new GitFailure("the server redirects in a circle");
  };
  return {
    async request({ url, method = "GET", headers = {}, body }) {
      const response = await send(url, {
        method,
        headers: { ...headers, "user-agent": "noroshi (git/isomorphic-git)" },
        ...(body === undefined ? {} : { body: await collected(body) }),
      });
      return {
        url,
        method,
        headers: Object.fromEntries(response.headers),
        body: response.body === null ? counted(new Blob([]).stream()) : counted(response.body),
        statusCode: response.status,
        statusMessage: response.statusText,
      };
    },
  };
}

const MOST_REDIRECTS = 5;

/** Only the first question may be redirected, as git has it, and only on the same host: credentials stay there. */
function redirected(from: string, location: string, method: string | undefined): string {
  const to = new URL(location, from);
  const { hostname, protocol } = new URL(from);
  const isSafe = to.hostname === hostname && (to.protocol === "https:" || to.protocol === protocol);
  if (isSafe && method === "GET" && to.pathname.endsWith(INFO_REFS)) return to.href;
  const shown = repositoryOf(`${to.protocol}//${to.host}${to.pathname}`);
  throw new GitFailure(`the server redirects to ${shown}; write that address if it is the repository's`);
}

const INFO_REFS = "/info/refs";

/** The URL of a repository, from one below it. */
function repositoryOf(url: string): string {
  const at = url.indexOf(INFO_REFS);
  return at === -1 ? url : url.slice(0, at);
}

/** What is sent is small: the names of wanted objects. */
async function collected(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
