import { isAbsolute } from "node:path";
import type { GitAddress } from "./git-address.ts";

/** Something that keeps a repository from being read, in a sentence that people can act on. Holds no secret. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
}

/** What went wrong, for people. `error` is what isomorphic-git, fetch or the command `git` gave. */
export function gitFailureText(error: unknown, address: GitAddress): string {
  if (error instanceof GitFailure) return error.message;
  const { code, data, cause } = readError(error);
  if (code === "HttpError") return httpText(Number(data["statusCode"]), address);
  if (code === "SmartHttpError")
    return "something answers there that is no git server; check the URL, it may lack .git or lead to a web page";
  if (code === "NotFoundError")
    return "an object is missing in the repository; it may be damaged, or being rewritten";
  if (code === "EmptyServerResponseError") return "the server gave an empty answer";
  if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError"))
    return "there was no answer in time; specs.timeout in noroshi.yaml sets how long to wait";
  const network = networkText(readError(cause).code ?? code ?? "", address);
  if (network !== undefined) return network;
  const message = error instanceof Error ? error.message : String(error);
  return withoutSecrets(message.split("\n", 1)[0] ?? "", address).slice(0, 300);
}

/** Replaces the credentials of this address, in whatever form they are quoted. */
function withoutSecrets(text: string, { credentials }: GitAddress): string {
  let clean = text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, "$1");
  for (const secret of [credentials?.password, credentials?.username]) {
    if (secret === undefined || secret.length < 4) continue;
    for (const form of [secret, encodeURIComponent(secret)]) clean = clean.replaceAll(form, "***");
  }
  return clean;
}

interface ErrorParts {
  readonly code: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  readonly cause: unknown;
}

function readError(error: unknown): ErrorParts {
  if (typeof error !== "object" || error === null) return { code: undefined, data: {}, cause: undefined };
  const { code, data, cause } = error as Partial<ErrorParts>;
  return { code: typeof code === "string" ? code : undefined, data: data ?? {}, cause };
}

function httpText(status: number, { credentials }: GitAddress): string {
  const what = `(HTTP ${status})`;
  if (status === 401 || status === 403) {
    return credentials === undefined
      ? `the repository asks for credentials ${what}; set NOROSHI_GIT_TOKEN to a token that may read it`
      : `the credentials are refused ${what}; check NOROSHI_GIT_TOKEN: that it is not expired, and may read the repository`;
  }
  if (status === 404 || status === 410) {
    const seen =
      credentials === undefined ? "it is private and needs NOROSHI_GIT_TOKEN" : "the token may not see it";
    return `there is no such repository, or ${seen} ${what}`;
  }
  if (status === 429)
    return `the server asks to be asked less often ${what}; raise specs.pollInterval in noroshi.yaml`;
  return `the server fails ${what}`;
}

function networkText(code: string, { transport, repository }: GitAddress): string | undefined {
  const host = transport === "http" ? new URL(repository).host : repository;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `the host ${host} cannot be found (${code})`;
  if (code === "ECONNREFUSED") return `nothing listens at ${host} (${code})`;
  if (["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(code))
    return `${host} broke the connection (${code})`;
  if (["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"].includes(code))
    return `${host} cannot be reached (${code})`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code))
    return `the certificate of ${host} is not trusted (${code}); NODE_EXTRA_CA_CERTS names the file of a private CA`;
  if (code === "EACCES" || code === "EPERM")
    return `${isAbsolute(repository) ? repository : "the repository"} may not be read by this user (${code})`;
  return undefined;
}
