import { isIP } from "node:net";

/** Where a server listens. Port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

type ListenResult =
  | { readonly ok: true; readonly address: ListenAddress }
  | { readonly ok: false; readonly problem: string };

/** Reads `host:port`, `[::1]:port` or `:port` (every interface). */
export function parseListen(text: string): ListenResult {
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/.exec(text.trim());
  const port = Number(match?.groups?.["port"]);
  if (port > 65_535) return { ok: false, problem: `"${text}": the port is at most 65535` };
  if (match === null) {
    return { ok: false, problem: `"${text}" is not host:port; write for instance 127.0.0.1:7070` };
  }
  return {
    ok: true,
    address: { host: match.groups?.["six"] ?? (match.groups?.["host"] || "0.0.0.0"), port },
  };
}

/** True when only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
