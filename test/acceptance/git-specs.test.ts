import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { canServeGit, startGitServer, type GitServer } from "./git-server.ts";
import { createWorld, type World } from "./receivers.ts";
import { eventually, runCommand, startService, type ServiceProcess } from "./service-process.ts";
import { availabilitySpec } from "./spans.ts";

const TOKEN = "a-token-that-nobody-may-see";
const HOOK_SECRET = "0123456789abcdef0123";
const canRun = canServeGit();
if (!canRun)
  console.log("specs from git are not tested against a server: there is no `git http-backend` here");

let world: World;
let git: GitServer;
let service: ServiceProcess;
const logs: string[] = [];

const start = async (): Promise<void> => {
  service = await startService({
    dataDir: world.dataDir,
    specs: `${git.url}#main:slos`,
    env: {
      ...world.env,
      NOROSHI_CONFIG: join(world.specs, "noroshi.yaml"),
      NOROSHI_GIT_TOKEN: TOKEN,
      NOROSHI_GIT_WEBHOOK_SECRET: HOOK_SECRET,
    },
  });
};

beforeAll(async () => {
  if (!canRun) return;
  world = await createWorld();
  await writeFile(
    join(world.specs, "noroshi.yaml"),
    "specs: {pollInterval: 1s}\nstop: {readinessDelay: 10ms}\n",
  );
  git = await startGitServer(TOKEN);
}, 30_000);

afterAll(async () => {
  if (!canRun) return;
  await service.kill();
  await git.close();
  await world.close();
});

const get = async (path: string): Promise<Record<string, unknown>> =>
  (await (await fetch(`${service.url}${path}`)).json()) as Record<string, unknown>;
interface Source {
  readonly status: string;
  readonly reason: string | null;
  readonly revision: string | null;
  readonly lastGoodRevision: string | null;
}
const source = async (): Promise<Source> => {
  const { sources } = (await get("/api/v1/specs/sources")) as unknown as { sources: Source[] };
  return sources[0]!;
};
const target = async (): Promise<number | undefined> => {
  const { slos } = (await get("/api/v1/slos")) as unknown as { slos: { target: number }[] };
  return slos[0]?.target;
};
const status = async (): Promise<{ code: number | null; stdout: string }> => {
  const { code, stdout } = await runCommand(["specs", "status", "--server", service.url]);
  return { code, stdout };
};
async function push(): Promise<Response> {
  const body = JSON.stringify({ ref: "refs/heads/main", repository: { clone_url: `${git.url}.git` } });
  const signature = createHmac("sha256", HOOK_SECRET).update(body).digest("hex");
  return fetch(`${service.url}/hooks/git`, {
    method: "POST",
    headers: { "x-hub-signature-256": `sha256=${signature}`, "content-type": "application/json" },
    body,
  });
}
const good = (ratio: number): string => availabilitySpec("payment", { target: ratio });

it.skipIf(!canRun)(
  "runs what a branch holds, keeps the last good specs through a bad commit, a restart and an outage, and says so",
  async () => {
    const first = await git.commit("Add the SLO", { "slos/payment.yaml": good(0.99), "README.md": "x" });
    await start();
    expect(await target()).toBe(0.99);
    expect(await source()).toMatchObject({ status: "Synced", revision: first, lastGoodRevision: first });

    const second = await git.commit("Raise the target", { "slos/payment.yaml": good(0.995) });
    expect((await push()).status).toBe(202);
    await eventually("the new target runs", 10_000, async () =>
      (await target()) === 0.995 ? true : undefined,
    );
    expect(await status()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"Raise the target" by Ada'),
    });

    const bad = await git.commit("Break it", {
      "slos/payment.yaml": good(0.995).replace("target: 0.995", "target: 99.5"),
    });
    await eventually("the bad commit is read", 10_000, async () =>
      (await source()).revision === bad ? true : undefined,
    );
    expect(await source()).toMatchObject({ status: "OutOfSync", lastGoodRevision: second });
    expect(await target()).toBe(0.995);
    const shown = await status();
    expect(shown.code).toBe(1);
    expect(shown.stdout).toMatch(/payment\.yaml:\d+:\d+: 99\.5 is not a target/);
    await eventually("Slack is told", 20_000, () =>
      world.posts().some(({ text }) => text.includes("a spec file has errors")) ? true : undefined,
    );

    logs.push(service.log());
    await service.kill();
    await start();
    expect(await target()).toBe(0.995);
    expect(await source()).toMatchObject({ status: "OutOfSync", lastGoodRevision: second });

    await git.stop();
    await eventually("the outage is seen", 10_000, async () =>
      (await source()).status === "Degraded" ? true : undefined,
    );
    expect(await source()).toMatchObject({
      reason: expect.stringMatching(/nothing listens|broke the connection/),
    });
    expect(await target()).toBe(0.995);

    await git.start();
    const mended = await git.commit("Mend it", { "slos/payment.yaml": good(0.998) });
    await eventually("it recovers", 20_000, async () =>
      (await source()).status === "Synced" ? true : undefined,
    );
    expect(await source()).toMatchObject({ revision: mended, lastGoodRevision: mended });
    expect(await target()).toBe(0.998);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain(`noroshi_spec_source_synced{source="${git.url}#main:slos"} 1`);

    logs.push(service.log());
    const answers = [...logs, metrics, JSON.stringify(await get("/api/v1/specs/sources"))].join("\n");
    expect(answers).not.toContain(TOKEN);
  },
  120_000,
);
