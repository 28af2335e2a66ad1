import { expect, it } from "vitest";
import { sampleEpisode } from "../alert/sample-episode.ts";
import { timestampMs } from "../model/time.ts";
import { episodeHistory } from "./episode-history.ts";

const T0 = sampleEpisode().startedAt;
const at = (minutes: number) => timestampMs(T0 + minutes * 60_000);

it("tells in order what happened to an episode, who was told, and who did what", () => {
  const episode = sampleEpisode({ state: "resolved", resolvedAt: at(30), resolution: "no_traffic" });
  const sent = (action: string, minutes: number, state = "delivered") => ({
    receiver: "slack",
    action,
    state,
    deliveredAt: state === "delivered" ? at(minutes) : null,
    attempts: [{ at: at(minutes), detail: "channel_not_found" }],
  });
  const did = (action: string, minutes: number, detail: object = {}) => ({
    at: at(40),
    actor: "slack:alice",
    action,
    detail: { at: new Date(at(minutes)).toISOString(), ...detail },
  });
  const history = episodeHistory(
    episode,
    [sent("resolve", 31), sent("note", 6), sent("update", 9, "rejected"), sent("trigger", 1)],
    [
      did("episode.acknowledge", 5),
      did("episode.assign-incident", 7, { event: "incident.escalated", assignees: ["Carol"] }),
      did("episode.silence", 8, { until: "2025-06-15T19:06:40.000Z" }),
      did("corrections.create", 2),
    ],
  );
  expect(history.map(({ kind, actor, detail }) => [kind, actor, detail])).toEqual([
    ["opened", null, ""],
    ["fired", null, ""],
    ["told", null, "slack: trigger"],
    ["acknowledged", "slack:alice", ""],
    ["escalated", "slack:alice", "with Carol"],
    ["silenced", "slack:alice", "until 2025-06-15 19:06:40 UTC"],
    ["not-told", null, "slack refused the update: channel_not_found"],
    ["resolved", null, "no traffic"],
    ["told", null, "slack: resolve"],
  ]);
});
