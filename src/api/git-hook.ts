import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { problemResponse } from "./problem.ts";

/** What a git server tells after a push. */
export interface GitPush {
  /** Every way in which it writes the repository's address. */
  readonly urls: readonly string[];
  /** `refs/heads/main`; undefined where the event has none. */
  readonly ref: string | undefined;
}

export interface GitHookPorts {
  /** undefined: the hook is not set up. */
  readonly secret: string | undefined;
  /** Begins to ask the sources that this push is about for news; gives their names. */
  pushed(push: GitPush): readonly string[];
}

/** GitHub sends 25 MiB at most; pushes have some KiB. */
const MAX_BODY_BYTES = 26 * 1024 * 1024;

const url = z.string().optional().catch(undefined);
const repository = z
  .object({
    clone_url: url,
    ssh_url: url,
    git_url: url,
    html_url: url,
    git_http_url: url,
    git_ssh_url: url,
    homepage: url,
    http_url: url,
    web_url: url,
  })
  .partial();
const pushSchema = z.object({
  ref: z.string().optional().catch(undefined),
  repository: repository.optional().catch(undefined),
  project: repository.optional().catch(undefined),
});

/**
 * `POST /hooks/git`: webhooks of GitHub, Gitea, Forgejo and GitLab. They prove that they know the secret, by an HMAC of
 * the body (X-Hub-Signature-256, X-Gitea-Signature) or by the secret itself (X-Gitlab-Token). Repositories that are no
 * source are answered in the same way as others: 202.
 */
export function createGitHook(ports: GitHookPorts): Hono {
  const app = new Hono();
  app.use("/hooks/git", bodyLimit({ maxSize: MAX_BODY_BYTES }));
  app.post("/hooks/git", async (c) => {
    const { secret } = ports;
    if (secret === undefined) {
      const detail = "webhooks of git are off: set NOROSHI_GIT_WEBHOOK_SECRET, here and at the git server";
      return problemResponse(c, 403, "Forbidden", detail);
    }
    const body = Buffer.from(await c.req.arrayBuffer());
    if (!isGenuine(secret, body, (name) => c.req.header(name))) {
      const detail =
        "the signature is missing or wrong: the secret at the git server must be NOROSHI_GIT_WEBHOOK_SECRET";
      return problemResponse(c, 401, "Unauthorized", detail);
    }
    const push = readPush(body.toString("utf8"), c.req.header("content-type") ?? "");
    if (push === undefined) {
      return problemResponse(c, 400, "Invalid body", "the body is not the JSON of a push event");
    }
    return c.json({ syncing: push.urls.length === 0 ? [] : [...ports.pushed(push)] }, 202);
  });
  return app;
}

function isGenuine(secret: string, body: Buffer, header: (name: string) => string | undefined): boolean {
  const expected = createHmac("sha256", secret).update(body).digest("hex");
  const signature = header("x-hub-signature-256")?.replace(/^sha256=/, "") ?? header("x-gitea-signature");
  if (signature !== undefined) return isSame(signature, expected);
  const token = header("x-gitlab-token");
  return token !== undefined && isSame(token, secret);
}

/** In constant time, whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function readPush(text: string, contentType: string): GitPush | undefined {
  const isForm = contentType.startsWith("application/x-www-form-urlencoded");
  const json = parse(isForm ? (new URLSearchParams(text).get("payload") ?? text) : text);
  const read = pushSchema.safeParse(json);
  if (!read.success) return undefined;
  const { ref, repository: named, project } = read.data;
  const urls = [named, project].flatMap((one) => Object.values(one ?? {})).filter((one) => one !== undefined);
  return { urls, ref };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
