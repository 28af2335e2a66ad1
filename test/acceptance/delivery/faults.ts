import type { FakeRequest, Fault } from "../../../src/notify/fake-server.ts";
import type { LaneFault } from "./stage.ts";

const isPage = ({ path }: FakeRequest): boolean => path === "/v2/enqueue";
const isPost = ({ path }: FakeRequest): boolean => path.endsWith("chat.postMessage");

/** Every request to PagerDuty, or only those whose body holds this. */
export const pages =
  (fault: Fault, containing = ""): LaneFault =>
  (request) =>
    isPage(request) && request.body.includes(containing) ? fault : undefined;

/** Every request to both. */
export const everything =
  (fault: Fault): LaneFault =>
  () =>
    fault;

/** The first event, and the first message. */
export function firstOfEach(fault: Fault): LaneFault {
  const left = new Set([isPage, isPost]);
  return (request) => {
    const kind = [...left].find((is) => is(request));
    return kind !== undefined && left.delete(kind) ? fault : undefined;
  };
}

/** The first event meets the first fault, the next the next; then all is well. */
export function eventsInTurn(...faults: readonly Fault[]): LaneFault {
  let met = 0;
  return (request) => (isPage(request) ? faults[met++] : undefined);
}
