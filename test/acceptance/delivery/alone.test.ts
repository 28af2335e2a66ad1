import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judge } from "./judge.ts";
import { PEOPLE_LANES, RE_PAGE_SECONDS, peopleScenarios } from "./people-scenarios.ts";
import { FALLBACK_SECONDS, RECEIVER_LANES, receiverScenarios } from "./receiver-scenarios.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage({
    config: `telling: {fallbackAfter: ${FALLBACK_SECONDS}s, rePageAfter: ${RE_PAGE_SECONDS}s, silenceReminder: off}\n`,
  });
  for (const [name, options] of Object.entries({ ...RECEIVER_LANES, ...PEOPLE_LANES }))
    stage.lane(name, options);
  await stage.start("alone");
});
afterAll(() => stage.close());

describe.concurrent("one process", () => {
  receiverScenarios(() => stage);
  peopleScenarios(() => stage);
});

describe("the ledger of one process", () => {
  it("has a trigger for every episode, an incident for every one that fires, and nothing twice", async () => {
    const exceptions = {
      reopened: ["19-by-hand"],
      posted: ["17-deleted"],
      refused: ["5-over", "17-archived", "21-poison"],
    };
    expect(await judge(stage, exceptions)).toEqual([]);
  });
});
