import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readInteraction } from "./read-interaction.ts";
import { SLACK_ACTIONS } from "./slack-actions.ts";

const EPISODE = "019770a1-0000-7000-8000-000000000001";
const SILENCE = "019770a1-0000-7000-8000-000000000002";

function pressed(action: object, changes: object = {}): unknown {
  return {
    type: "block_actions",
    user: { id: "U0ALICE", username: "alice", team_id: "T0" },
    team: { id: "T0" },
    container: { message_ts: "1.000100", channel_id: "C0" },
    response_url: "https://hooks.slack.com/actions/1",
    actions: [{ type: "button", action_ts: "2.000200", ...action }],
    ...changes,
  };
}
const acknowledge = { action_id: SLACK_ACTIONS.acknowledge, value: EPISODE };

describe("an interaction of Slack's", () => {
  it("says who wants what", () => {
    expect(readInteraction(pressed(acknowledge))).toEqual({
      id: expect.stringMatching(/^slack:[0-9a-f]{64}$/),
      user: { id: "U0ALICE", name: "alice", team: "T0" },
      wish: { kind: "acknowledge", episodeId: EPISODE },
      responseUrl: "https://hooks.slack.com/actions/1",
    });
    const option = { action_id: SLACK_ACTIONS.silence, selected_option: { value: `${EPISODE} 4h` } };
    expect(readInteraction(pressed(option))?.wish).toEqual({
      kind: "silence",
      episodeId: EPISODE,
      forMs: 4 * 3_600_000,
      words: "for 4 hours",
    });
    const end = { action_id: SLACK_ACTIONS.endSilence, value: `${SILENCE} ${EPISODE}` };
    expect(readInteraction(pressed(end))?.wish).toEqual({
      kind: "end-silence",
      silenceId: SILENCE,
      episodeId: EPISODE,
    });
  });

  it("is known again when it is sent again, and differs from every other press", () => {
    const id = (payload: unknown) => readInteraction(payload)?.id;
    const first = id(pressed(acknowledge));
    expect(id(pressed(acknowledge, { trigger_id: "other", response_url: "https://other.example" }))).toBe(
      first,
    );
    expect(id(pressed({ ...acknowledge, action_ts: "3.0" }))).not.toBe(first);
    expect(id(pressed(acknowledge, { user: { id: "U0BOB" } }))).not.toBe(first);
  });

  it("that opens a link, or is none of ours, asks for nothing", () => {
    for (const action of [
      { action_id: "Xy3", url: "https://noroshi.example" },
      { action_id: SLACK_ACTIONS.acknowledge, value: "1; drop table" },
      { action_id: SLACK_ACTIONS.silence, selected_option: { value: `${EPISODE} 9y` } },
      { action_id: SLACK_ACTIONS.endSilence, value: SILENCE },
    ])
      expect(readInteraction(pressed(action))).toBeUndefined();
    expect(readInteraction(pressed(acknowledge, { type: "view_submission" }))).toBeUndefined();
  });

  it("may hold anything without harm, and names are clean", () => {
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        readInteraction(payload);
      }),
    );
    const odd = { id: "U1", username: "al\0ice\n\u202Eecila" };
    expect(readInteraction(pressed(acknowledge, { user: odd }))?.user.name).toBe("al ice ecila");
  });
});
