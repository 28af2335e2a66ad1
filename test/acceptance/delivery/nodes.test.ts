import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startClickHouseGateway } from "../../contract/clickhouse-gateway.ts";
import { startPostgresServer } from "../../contract/postgres-server.ts";
import { startFakeServer, type FakeServer } from "../../../src/notify/fake-server.ts";
import { eventually } from "../service-process.ts";
import { sendTraces, traceBody } from "../spans.ts";
import { createClock, type Clock } from "./clock.ts";
import { judge } from "./judge.ts";
import { LASTING, type Lane, type LaneOptions } from "./lane.ts";
import { LATER, SOON, action, between, may, play, quiet, want, type Step } from "./play.ts";
import { createStage, type Stage } from "./stage.ts";
import { delivered, failing } from "./steps.ts";

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
/** Several services are shared out among the processes. */
const LANES: Readonly<Record<string, LaneOptions>> = {
  "12-clocks": { tiers: LASTING, services: names("clocks", 5) },
  "9-slow": { tiers: LASTING },
  takeover: { tiers: LASTING, services: names("takeover", 6), receivers: ["pager"] },
  "22-before": { tiers: LASTING, services: names("before", 4) },
  "22-during": { tiers: LASTING, services: names("during", 4) },
  "10-away": { tiers: LASTING, services: names("away", 2) },
};
const MINUTES_MS = 60_000;

const postgres = await startPostgresServer();
if (postgres.kind === "missing") console.warn(`skipped: no PostgreSQL server here: ${postgres.reason}`);

describe.skipIf(postgres.kind === "missing")(
  "several processes on one PostgreSQL",
  { timeout: 150_000 },
  () => {
    let folder: string;
    let gateway: Awaited<ReturnType<typeof startClickHouseGateway>>;
    let stage: Stage;
    let heart: FakeServer;
    const beats: number[] = [];
    const clocks = new Map<string, Clock>();

    beforeAll(async () => {
      if (postgres.kind === "missing") return;
      folder = await mkdtemp(join(tmpdir(), "noroshi-nodes-"));
      gateway = await startClickHouseGateway(folder);
      heart = await startFakeServer({
        handle: ({ atMs }) => (beats.push(atMs), { status: 200, body: "" }),
      });
      stage = await createStage({
        env: { CLICKHOUSE_URL: gateway.url, DATABASE_URL: postgres.url },
        config: "heartbeat: {interval: 5s}\n",
      });
      for (const [name, options] of Object.entries(LANES)) stage.lane(name, options);
      // It creates the tables.
      await stage.start("door", { NOROSHI_ROLE: "ingest,api" });
      await Promise.all([startWorker("a", -5 * MINUTES_MS), startWorker("b", 5 * MINUTES_MS)]);
    });
    afterAll(async () => {
      if (postgres.kind === "missing") return;
      await stage.close();
      await Promise.all([gateway.close(), heart.close()]);
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const laneOf = (name: string): Lane => stage.laneOf(name);
    const nodeOf = (name: string) => stage.nodes.get(name)!;
    /** Judges and sends. The fakes know by the name they are called by who calls. */
    const startWorker = async (name: string, aheadMs = 0) => {
      const clock = await createClock(folder, name, aheadMs);
      clocks.set(name, clock);
      const host = name.startsWith("a") ? "127.0.0.1" : "localhost";
      return stage.start(name, {
        NOROSHI_ROLE: "evaluate,notify",
        PAGERDUTY_EVENTS_SERVER: stage.pagerduty.server.replace("127.0.0.1", host),
        SLACK_API_URL: stage.slack.apiUrl.replace("127.0.0.1", host),
        NOROSHI_HEARTBEAT_URL: `http://127.0.0.1:${heart.port}/beat`,
        ...clock.env,
      });
    };
    const eachTold = (lane: Lane, withinSeconds: number): readonly Step[] =>
      lane.services.flatMap((service) =>
        (lane.options.receivers ?? ["pager", "chat"]).map((receiver) =>
          want(
            between(0, withinSeconds),
            receiver === "pager" ? "pagerduty trigger" : "slack post",
            `${service}-availability`,
          ),
        ),
      );

    it("12 clocks +-5 min apart, and a step backwards (leases use the database's clock)", async () => {
      const lane = laneOf("12-clocks");
      // Both have these spans behind them.
      const endMs = Date.now() - 6 * MINUTES_MS;
      const spans = lane.services.flatMap((service) =>
        Array.from({ length: 20 }, () => ({ service, status: 500, endMs })),
      );
      await play(lane, [
        action("all requests failed", () => sendTraces(nodeOf("door").otlpUrl, traceBody(spans))),
        ...eachTold(lane, LATER),
        delivered(lane, 10),
        action("one clock steps back by ten minutes", () => clocks.get("b")?.set(-5 * MINUTES_MS)),
        quiet(3),
        action("both are right", () => Promise.all([...clocks.values()].map((clock) => clock.set(0)))),
        quiet(3),
      ]);
    });

    it("9 two workers, lease expiry during a slow send", async () => {
      const lane = laneOf("9-slow");
      let frozen: string | undefined;
      // It arrives, and the one that sent it freezes before the answer.
      lane.fault = ({ headers }) => {
        if (frozen !== undefined) return undefined;
        frozen = headers.host?.startsWith("localhost") === true ? "b" : "a";
        nodeOf(frozen).freeze();
        return { kind: "delay", delayMs: 500 };
      };
      await play(lane, [
        failing(lane),
        // PagerDuty recognises what is sent again; Slack is asked whether it is there.
        want(between(0, SOON), "pagerduty trigger"),
        want(between(0, SOON), "slack post"),
        may("pagerduty trigger"),
        delivered(lane, 2),
        action("it goes on, and hears that it lost its lease", () => nodeOf(frozen ?? "a").goOn()),
        quiet(3),
      ]);
    });

    it("takes over within 10 s of a kill: what the dead process judged and was sending", async () => {
      const lane = laneOf("takeover");
      await play(lane, [
        action("kill -9 one of two, and all requests fail", async () => {
          await nodeOf("a").kill();
          lane.traffic("failing");
        }),
        // Two seconds are for the spans and the judging.
        ...eachTold(lane, 15),
        delivered(lane, 6),
        quiet(1),
      ]);
      await startWorker("a2");
    });

    it("22 rolling deploy: nothing notified twice", async () => {
      const [before, during] = [laneOf("22-before"), laneOf("22-during")];
      await play(before, [failing(before), ...eachTold(before, LATER), delivered(before, 8)]);
      await Promise.all([
        play(during, [failing(during), ...eachTold(during, LATER), delivered(during, 8), quiet(2)]),
        play(before, [
          ...before.ledger().map(({ what }) => want(between(-600, 0), what)),
          action("each is replaced in turn", async () => {
            for (const name of ["b", "a2"]) {
              expect(await nodeOf(name).stop()).toBe(0);
              await startWorker(`${name}-new`);
            }
          }),
          quiet(3),
        ]),
      ]);
    });

    const away = { fromMs: 0, toMs: 0 };

    it("10 Postgres fail-over", async () => {
      const lane = laneOf("10-away");
      if (postgres.kind === "missing") return;
      await eventually("the heart beats", 15_000, () => (beats.length > 0 ? true : undefined));
      await play(lane, [
        action("all requests fail while Postgres is away", () =>
          postgres.restart(async () => {
            away.fromMs = Date.now();
            lane.traffic("failing");
            await new Promise((resolve) => setTimeout(resolve, 8_000));
            away.toMs = Date.now();
          }),
        ),
        ...eachTold(lane, LATER),
        delivered(lane, 4),
      ]);
    });

    it("11 Postgres down at evaluation: the heartbeat stops", async () => {
      expect(away.toMs - away.fromMs).toBeGreaterThan(7_000);
      expect(beats.filter((atMs) => atMs > away.fromMs && atMs < away.toMs)).toEqual([]);
      await eventually("it beats again", 15_000, () => (beats.at(-1)! > away.toMs ? true : undefined));
    });

    it("has a ledger with a trigger for every episode, an incident for every one that fires, nothing twice", async () => {
      expect(await judge(stage)).toEqual([]);
    });
  },
);
