import { createAdaptorServer } from "@hono/node-server";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import type { ListenAddress } from "./listen-address.ts";

export interface Listener {
  /** With the port that the system chose. */
  readonly url: string;
  /** Refuses new connections; resolves when the requests in flight are answered, or cuts them after `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

/** What can be served: a Hono app. `env` has Node's own request as `incoming`. */
export interface Fetches {
  fetch(request: Request, env: object): Response | Promise<Response>;
}

/** Serves an app over HTTP. Rejects with a plain sentence, naming `variable`, when the address cannot be had. */
export async function listen(app: Fetches, address: ListenAddress, variable: string): Promise<Listener> {
  const server = createAdaptorServer({ fetch: (request, env) => app.fetch(request, env) }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "EADDRINUSE" ? "another process listens there already" : error.message;
      const text = `cannot listen on ${address.host}:${address.port}: ${reason}; ${variable} sets another address`;
      reject(new Error(text, { cause: error }));
    });
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${hostText(address.host)}:${port}`,
    close: (timeoutMs) =>
      new Promise((resolve) => {
        // Connections that are kept alive become idle one by one as their last request is answered.
        const idle = setInterval(() => server.closeIdleConnections(), 20);
        const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
        server.close(() => {
          clearInterval(idle);
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** A host as URLs write it: IPv6 addresses in brackets. */
export function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
