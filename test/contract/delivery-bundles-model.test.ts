import { sql } from "drizzle-orm";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Episode } from "../../src/alert/episode.ts";
import type { Bundle, SendOutcome } from "../../src/alert/notification.ts";
import { openDeliveryStand, openStandStore, SLACK } from "./delivery-stand.ts";
import type { StandStore } from "./delivery-stand.ts";

let store: StandStore;
beforeAll(async () => {
  store = await openStandStore();
});
afterAll(() => store.close());

type Fate = "delivered" | "arrives unanswered" | "is lost unanswered" | "not reached" | "worker dies";
const command = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant("fire" as const), fc.constantFrom("a", "b", undefined)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("resolve" as const), fc.nat(9)) },
  {
    weight: 5,
    arbitrary: fc.tuple(
      fc.constant("claim and send" as const),
      fc.constantFrom<Fate[]>(
        "delivered",
        "arrives unanswered",
        "is lost unanswered",
        "not reached",
        "worker dies",
      ),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant("leases end" as const), fc.constant(0)) },
);

it("tells every episode of a group its beginning and its end, in order and once, through crashes and lost answers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 30 }), async (commands) => {
      const stand = await openDeliveryStand(store);
      try {
        const { outbox } = stand;
        const open: Episode[] = [];
        const fired: Episode[] = [];
        /** What arrived, by the id that is searched for, in order. */
        const arrived = new Map<string, readonly string[]>();
        const post = (id: string, maybeSent: boolean, said: readonly string[]): void => {
          // As a sender does: it looks only where it may have arrived.
          if (maybeSent && arrived.has(id)) return;
          expect(arrived.has(id)).toBe(false);
          arrived.set(id, said);
        };
        const step = async (fate: Fate): Promise<number> => {
          const claimed = await outbox.claim({
            receiverType: "slack",
            limit: 1,
            owner: "worker",
            leaseMs: 60_000,
            bundles: true,
          });
          const first = claimed[0];
          if (first === undefined) return 0;
          const bundle: Bundle | undefined =
            first.bundleId === null ? undefined : await outbox.readBundle(claimed);
          const said = claimed.map(({ episodeId, action }) => `${episodeId} ${action}`);
          const isThere = fate === "delivered" || fate === "arrives unanswered" || fate === "worker dies";
          if (isThere) post(first.bundleId ?? first.id, bundle?.maybeSent ?? first.maybeSent, said);
          if (fate === "worker dies") return claimed.length;
          const outcome: SendOutcome =
            fate === "delivered"
              ? { kind: "delivered", detail: "posted" }
              : { kind: "retry", detail: fate, ambiguous: fate !== "not reached" };
          const result = { outcome, durationMs: 1, retryInMs: 0 };
          await (bundle === undefined
            ? outbox.record(first, "worker", result)
            : outbox.recordBundle(bundle, "worker", result));
          return claimed.length;
        };
        const endLeases = () =>
          store.db.execute(
            sql`update notifications set leased_until = now() - interval '1 second' where leased_until is not null`,
          );
        const endWaits = () => store.db.execute(sql`update group_messages set last_sent_at = null`);
        for (const [kind, given] of commands) {
          if (kind === "fire") {
            const episode = await stand.fire({
              receivers: [SLACK],
              ...(given === undefined
                ? {}
                : { groupKey: `["${given}"]`, policy: { groupIntervalMs: 60_000 } }),
            });
            open.push(episode);
            fired.push(episode);
          } else if (kind === "resolve") {
            const [episode] = open.splice(given, 1);
            if (episode !== undefined) await stand.resolve(episode);
          } else if (kind === "leases end") await Promise.all([endLeases(), endWaits()]);
          else await step(given);
        }
        for (const episode of open.splice(0)) await stand.resolve(episode);
        for (let turn = 0; turn < 200; turn += 1) {
          await endLeases();
          await endWaits();
          if ((await step("delivered")) === 0) break;
        }
        const told = [...arrived.values()].flat();
        for (const { id } of fired)
          expect(told.filter((line) => line.startsWith(id))).toEqual([`${id} trigger`, `${id} resolve`]);
      } finally {
        await stand.close();
      }
    }),
    { numRuns: 25 },
  );
});
