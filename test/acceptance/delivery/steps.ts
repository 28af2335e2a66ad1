import { eventually } from "../service-process.ts";
import type { Lane } from "./lane.ts";
import { action, type Step } from "./play.ts";

export const failing = (lane: Lane): Step => action("all requests fail", () => lane.traffic("failing"));
export const healthy = (lane: Lane): Step => action("all requests go well", () => lane.traffic("healthy"));
export const silent = (lane: Lane): Step => action("no requests come", () => lane.traffic("silent"));

export const times = (count: number, step: Step): readonly Step[] =>
  Array.from({ length: count }, () => step);

/** So many notifications are there, of one receiver or of all, and every one is noted as told. */
export const delivered = (lane: Lane, count: number, receiver?: string): Step =>
  action(`${count} notifications are noted as delivered`, () =>
    eventually(`${count} notifications of ${lane.name} are delivered`, 30_000, async () => {
      const all = (await lane.notifications()).filter((one) => one.receiver === (receiver ?? one.receiver));
      return all.length === count && all.every(({ state }) => state === "delivered") ? true : undefined;
    }),
  );
