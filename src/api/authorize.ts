import type { Context, MiddlewareHandler } from "hono";
import { findApiKey, mayUse } from "./api-keys.ts";
import type { ApiKey, Scope } from "./api-keys.ts";

/** How a refusal is written: native API, OTLP and others have their own error shapes. */
export type Refuse = (c: Context, status: 401 | 403, message: string) => Response | Promise<Response>;

/**
 * Lets a request pass when its key has the scope; with no keys configured everyone passes (the configuration then allows
 * loopback only). A key comes as `Authorization: Bearer <key>`, as the password of basic authentication, or as `X-API-Key`.
 */
export function requireScope(keys: readonly ApiKey[], scope: Scope, refuse: Refuse): MiddlewareHandler {
  return async (c, next) => {
    if (keys.length === 0) return next();
    const presented = presentedKey(c);
    if (presented === undefined) {
      c.header("www-authenticate", 'Bearer realm="noroshi"');
      return refuse(c, 401, "an API key is required: send it as Authorization: Bearer <key>");
    }
    const key = findApiKey(keys, presented);
    if (key === undefined) {
      c.header("www-authenticate", 'Bearer realm="noroshi", error="invalid_token"');
      return refuse(c, 401, "this API key is not known here");
    }
    if (!mayUse(key, scope)) return refuse(c, 403, `the API key "${key.name}" lacks the scope "${scope}"`);
    return next();
  };
}

function presentedKey(c: Context): string | undefined {
  const header = c.req.header("authorization");
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(header ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic\s+(\S+)\s*$/i.exec(header ?? "")?.[1];
  if (basic !== undefined) {
    const text = Buffer.from(basic, "base64").toString("utf8");
    return text.slice(text.indexOf(":") + 1);
  }
  return c.req.header("x-api-key");
}
