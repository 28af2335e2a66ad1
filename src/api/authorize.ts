import type { Context, MiddlewareHandler } from "hono";
import { findApiKey, mayUse } from "./api-keys.ts";
import type { ApiKey, Scope } from "./api-keys.ts";

/** How a refusal is written: native API, OTLP and others have their own error shapes. */
export type Refuse = (c: Context, status: 401 | 403, message: string) => Response | Promise<Response>;

/** Reads a header, or a metadata entry, by its lower-case name. */
export type ReadHeader = (name: string) => string | undefined;

export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

/**
 * Why a request may not use `scope`; undefined when it may. With no keys configured everyone may (the configuration then
 * allows loopback only). A key comes as `Authorization: Bearer <key>`, as the password of basic authentication, or as
 * `X-API-Key`.
 */
export function refuseScope(keys: readonly ApiKey[], scope: Scope, header: ReadHeader): Refusal | undefined {
  if (keys.length === 0) return undefined;
  const presented = presentedKey(header);
  if (presented === undefined) {
    return { status: 401, message: "an API key is required: send it as Authorization: Bearer <key>" };
  }
  const key = findApiKey(keys, presented);
  if (key === undefined) return { status: 401, message: "this API key is not known here" };
  if (mayUse(key, scope)) return undefined;
  return { status: 403, message: `the API key "${key.name}" lacks the scope "${scope}"` };
}

/** The same as middleware. */
export function requireScope(keys: readonly ApiKey[], scope: Scope, refuse: Refuse): MiddlewareHandler {
  return async (c, next) => {
    const refusal = refuseScope(keys, scope, (name) => c.req.header(name));
    if (refusal === undefined) return next();
    if (refusal.status === 401) c.header("www-authenticate", 'Bearer realm="noroshi"');
    return refuse(c, refusal.status, refusal.message);
  };
}

/** Who asks, for the audit log: the name of the API key; `local` where no keys are set up. Only after requireScope. */
export function actorOf(keys: readonly ApiKey[], header: ReadHeader): string {
  const presented = presentedKey(header);
  const key = presented === undefined ? undefined : findApiKey(keys, presented);
  return key === undefined ? "local" : `key:${key.name}`;
}

function presentedKey(header: ReadHeader): string | undefined {
  const authorization = header("authorization") ?? "";
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic\s+(\S+)\s*$/i.exec(authorization)?.[1];
  if (basic !== undefined) {
    const text = Buffer.from(basic, "base64").toString("utf8");
    return text.slice(text.indexOf(":") + 1);
  }
  return header("x-api-key");
}
