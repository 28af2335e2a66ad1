import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { createGitHook, type GitPush } from "./git-hook.ts";

const SECRET = "0123456789abcdef";
const PUSH = JSON.stringify({
  ref: "refs/heads/main",
  repository: { id: 7, clone_url: "https://git.example/t/s.git", ssh_url: "git@git.example:t/s.git" },
});
const sign = (body: string): string => createHmac("sha256", SECRET).update(body).digest("hex");

let pushes: GitPush[];
beforeEach(() => {
  pushes = [];
});
const hook = (secret: string | undefined = SECRET) =>
  createGitHook({
    secret,
    pushed: (push) => {
      pushes.push(push);
      return ["a source"];
    },
  });
const post = (headers: Record<string, string>, body = PUSH, app = hook()): Response | Promise<Response> =>
  app.request("/hooks/git", { method: "POST", headers, body });

describe("createGitHook", () => {
  it.each([
    ["GitHub", { "x-hub-signature-256": `sha256=${sign(PUSH)}` }],
    ["Gitea", { "x-gitea-signature": sign(PUSH) }],
    ["GitLab", { "x-gitlab-token": SECRET }],
  ])("takes a push of %s that proves to know the secret", async (_, headers) => {
    const response = await post(headers);
    expect([response.status, await response.json()]).toEqual([202, { syncing: ["a source"] }]);
    expect(pushes).toEqual([
      { ref: "refs/heads/main", urls: ["https://git.example/t/s.git", "git@git.example:t/s.git"] },
    ]);
  });

  it("takes the addresses of a GitLab project, and GitHub's form", async () => {
    await post(
      { "x-gitlab-token": SECRET },
      JSON.stringify({ ref: "refs/heads/x", project: { git_http_url: "https://g/p.git", homepage: null } }),
    );
    const form = `payload=${encodeURIComponent(PUSH)}`;
    const type = "application/x-www-form-urlencoded";
    await post({ "x-hub-signature-256": `sha256=${sign(form)}`, "content-type": type }, form);
    expect(pushes.map(({ urls }) => urls[0])).toEqual(["https://g/p.git", "https://git.example/t/s.git"]);
  });

  it.each([
    ["nothing", {}],
    ["another secret", { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }],
    ["an empty signature", { "x-hub-signature-256": "" }],
    ["a wrong token", { "x-gitlab-token": `${SECRET}0` }],
    ["a wrong signature beside a right token", { "x-gitea-signature": "x", "x-gitlab-token": SECRET }],
  ])("refuses %s", async (_, headers) => {
    expect((await post(headers)).status).toBe(401);
    expect(pushes).toEqual([]);
  });

  it("answers an event without a repository, as a ping may be, and refuses what is no JSON", async () => {
    const answer = async (body: string): Promise<number> =>
      (await post({ "x-hub-signature-256": `sha256=${sign(body)}` }, body)).status;
    expect([await answer('{"zen":"x"}'), await answer("[]"), await answer("no")]).toEqual([202, 400, 400]);
    expect(pushes).toEqual([]);
  });

  it("is off without a secret, and says what to set", async () => {
    const off = createGitHook({ secret: undefined, pushed: () => [] });
    const response = await post({ "x-gitlab-token": "" }, PUSH, off);
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining("NOROSHI_GIT_WEBHOOK_SECRET"),
    ]);
  });
});
