import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCompany } from "./company/company.ts";
import type { Company } from "./company/company.ts";
import { startLoad } from "./company/load.ts";
import type { Load } from "./company/load.ts";
import { seededRandom } from "./random.ts";
import { startReceivers } from "./receivers.ts";
import type { Receivers } from "./receivers.ts";
import { FOLDER_PREFIX, startServiceProcess } from "./service-process.ts";
import type { ServiceProcess } from "./service-process.ts";
import { readServiceView } from "./service-view.ts";
import { simNow } from "./sim-clock.ts";
import type { SimClock } from "./sim-clock.ts";
import type { Notice } from "./story/notice.ts";
import { clockFor } from "./timeline.ts";

/** Requests of customers, each real second. Enough for every window, little enough for a laptop. */
const REQUESTS_PER_SECOND = 25;
const SEED = 20_260_101;

/** Everything that runs during the demo. */
export interface Stage {
  readonly clock: SimClock;
  readonly receivers: Receivers;
  readonly service: ServiceProcess;
  readonly company: Company;
  readonly load: Load;
}

export interface StageOptions {
  readonly speed: number;
  readonly signal: AbortSignal;
  readonly onNotice: (notice: Notice) => void;
  /** Told of each part when it is ready, with the real milliseconds it took. */
  readonly onReady: (what: string, tookMs: number) => void;
  /** Told what is being waited for. */
  readonly onStart: (what: string) => void;
}

/** What has to be undone, the last first. */
export interface Cleanup {
  add(undo: () => Promise<unknown>): void;
  /** Undoes everything once, whatever fails on the way. */
  run(): Promise<void>;
}

/** An empty list of things to undo. */
export function createCleanup(): Cleanup {
  const undos: (() => Promise<unknown>)[] = [];
  return {
    add: (undo) => undos.push(undo),
    run: async () => {
      for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) await undo().catch(() => {});
    },
  };
}

/** Starts receivers, service, company and customers; what has been started is in `cleanup` even if a later part fails. */
export async function setStage(options: StageOptions, cleanup: Cleanup): Promise<Stage> {
  const part = async <T>(
    doing: string,
    start: () => Promise<T>,
    done: (part: T) => string | Promise<string>,
  ): Promise<T> => {
    options.signal.throwIfAborted();
    options.onStart(doing);
    const fromMs = performance.now();
    const started = await start();
    options.onReady(await done(started), performance.now() - fromMs);
    return started;
  };
  const directory = await temporaryDirectory(cleanup);
  const receivers = await part(
    "starting stand-ins for PagerDuty and Slack",
    () => startReceivers(directory, options.onNotice),
    () => "stand-ins for PagerDuty and Slack",
  );
  cleanup.add(() => receivers.stop());
  const clock = clockFor(options.speed, Date.now());
  const service = await part(
    "starting Noroshi with empty stores in a temporary folder",
    () =>
      startServiceProcess({ directory, clock, environment: receivers.environment, signal: options.signal }),
    async ({ url }) => `Noroshi at ${url}, ${(await readServiceView(url)).slos.length} SLOs from slo-specs`,
  );
  cleanup.add(() => service.stop());
  const random = seededRandom(SEED);
  const company = await part(
    "starting the company's services",
    () =>
      startCompany({
        otlpUrl: service.otlpHttpUrl,
        now: simNow(clock, Date.now),
        speed: options.speed,
        random,
      }),
    (company) =>
      `${company.serviceCount} services in ${company.instanceCount} instances, ${REQUESTS_PER_SECOND} customers a second`,
  );
  cleanup.add(() => company.stop());
  const load = startLoad({
    entryUrl: () => company.entryUrl(),
    requestsPerSecond: REQUESTS_PER_SECOND,
    random,
  });
  cleanup.add(() => load.stop());
  return { clock, receivers, service, company, load };
}

async function temporaryDirectory(cleanup: Cleanup): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  const removeAtExit = (): void => rmSync(directory, { recursive: true, force: true });
  process.once("exit", removeAtExit);
  cleanup.add(async () => {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    process.removeListener("exit", removeAtExit);
  });
  return directory;
}
