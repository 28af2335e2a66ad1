import type { HttpClient } from "isomorphic-git";
import { GitFailure } from "./git-failure.ts";

export interface GitHttpOptions {
  readonly signal: AbortSignal;
  /** Of all answers together. */
  readonly maxBytes: number;
}

/** HTTP for isomorphic-git, with an end and a limit. Redirects to other hosts lose the credentials. */
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
  return {
    async request({ url, method = "GET", headers = {}, body }) {
      const response = await fetch(url, {
        method,
        headers: { ...headers, "user-agent": "noroshi (git/isomorphic-git)" },
        signal,
        ...(body === undefined ? {} : { body: await collected(body) }),
      });
      return {
        url: response.url,
        method,
        headers: Object.fromEntries(response.headers),
        body: response.body === null ? counted(new Blob([]).stream()) : counted(response.body),
        statusCode: response.status,
        statusMessage: response.statusText,
      };
    },
  };
}

/** What is sent is small: the names of wanted objects. */
async function collected(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
