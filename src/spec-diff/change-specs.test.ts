import { describe, expect, it } from "vitest";
import { availabilitySpec } from "../../test/acceptance/spans.ts";
import { createSpecChanges, type PushedSpecs, type SpecChangePorts } from "./change-specs.ts";

/** A store in memory: what a transaction wrote stays only when it did not fail. */
function createWorld(options: { readonly failsAt?: "audit" } = {}) {
  let stored: readonly PushedSpecs[] = [];
  const audit: { action: string; subject: string; actor: string; detail: Record<string, unknown> }[] = [];
  let reloads = 0;
  const ports: SpecChangePorts = {
    held: () => [
      {
        name: "the folder ./slos",
        texts: [{ path: "slos/ledger.yaml", text: availabilitySpec("ledger") }],
        problems: [],
      },
    ],
    list: async () => stored,
    change: async (work) => {
      let next = stored;
      const entries: typeof audit = [];
      const result = await work({
        list: async () => next,
        write: async ({ name, commit, files }) => {
          next = [...next.filter((source) => source.name !== name), { name, commit, files }];
        },
        remove: async (name) => {
          next = next.filter((source) => source.name !== name);
        },
        audit: async (entry) => {
          if (options.failsAt === "audit") throw new Error("the store is away");
          entries.push({ ...entry, detail: { ...entry.detail } });
        },
      });
      stored = next;
      audit.push(...entries);
      return result;
    },
    reload: async () => void (reloads += 1),
    openEpisodes: async () => [],
    readCounts: async (_, { startMs, endMs, stepMs }) => {
      const steps = Math.ceil((endMs - startMs) / stepMs);
      const none = new Float64Array(steps);
      return { good: none, total: none, knownFromMs: undefined, limit: "stored", gaps: [] };
    },
    replay: async () => [],
    now: () => Date.UTC(2026, 0, 31),
    steadyMs: () => 0,
  };
  return { changes: createSpecChanges(ports), stored: () => stored, audit, reloads: () => reloads };
}

const request = {
  source: "acme/payments",
  commit: "abc",
  prune: false,
  dryRun: false,
  expectedRevision: undefined,
  actor: "key:ci",
};
const file = (service: string) => ({ path: `${service}.yaml`, text: availabilitySpec(service) });

describe("applied specs", () => {
  it("are recorded with who applied which commit, and what that changed", async () => {
    const { changes, audit } = createWorld();
    await changes.apply({ ...request, files: [file("payment")] });
    await changes.apply({ ...request, commit: "def", files: [file("refund")] });
    await changes.apply({ ...request, commit: "def", files: [file("refund")] });
    expect(audit).toMatchObject([
      {
        actor: "key:ci",
        action: "specs.apply",
        subject: "pushed:acme/payments",
        detail: { commit: "abc", previousCommit: null, added: ["payment-availability"], kept: [] },
      },
      {
        detail: {
          commit: "def",
          previousCommit: "abc",
          added: ["refund-availability"],
          kept: ["payment-availability"],
        },
      },
    ]);
  });

  it("are stored whole or not at all", async () => {
    const { changes, stored, reloads } = createWorld({ failsAt: "audit" });
    await expect(changes.apply({ ...request, files: [file("payment")] })).rejects.toThrow("away");
    expect(stored()).toEqual([]);
    expect(reloads()).toBe(0);
  });

  it("run anew only when they changed", async () => {
    const { changes, reloads } = createWorld();
    for (const dryRun of [true, false, false]) {
      await changes.apply({ ...request, dryRun, files: [file("payment")] });
    }
    expect(reloads()).toBe(1);
  });

  it("cannot break what another source has, though they do not define it", async () => {
    const { changes, stored } = createWorld();
    const objective =
      "objectives: [{displayName: Available, target: 0.999}, {displayName: sla, target: 0.9}]";
    const two = file("payment").text.replace(/objectives: .*/, objective);
    await changes.apply({ ...request, files: [{ path: "a.yaml", text: two }] });
    const named = availabilitySpec("other").replace(
      "name: other-availability",
      "name: payment-availability-sla",
    );
    const outcome = await changes.apply({
      ...request,
      source: "b",
      files: [{ path: "b.yaml", text: named }],
    });
    expect(outcome.kind).toBe("invalid");
    expect(JSON.stringify(outcome)).toContain("payment-availability-sla");
    expect(stored().map(({ name }) => name)).toEqual(["acme/payments"]);
  });

  it("of a source are gone when it is applied without files and pruned", async () => {
    const { changes, stored } = createWorld();
    await changes.apply({ ...request, files: [file("payment")] });
    const gone = await changes.apply({ ...request, files: [], prune: true });
    expect(gone).toMatchObject({ kind: "applied", slos: [{ change: "removed" }] });
    expect(stored()).toEqual([]);
    expect((await changes.apply({ ...request, files: [], prune: true })).kind).toBe("unchanged");
  });
});

describe("a diff", () => {
  it("has nothing to compare where files have errors or belong to others, and lists those", async () => {
    const { changes } = createWorld();
    const files = [
      file("ledger"),
      { path: "bad.yaml", text: availabilitySpec("x").replace("target:", "targt:") },
    ];
    const diff = await changes.diff({ source: "a", files, prune: false, sinceMs: undefined });
    expect(diff).toMatchObject({ isSound: false, slos: [] });
    expect(diff.conflicts).toEqual([
      {
        slo: "ledger-availability",
        file: "ledger.yaml:4",
        owner: "the folder ./slos",
        ownerFile: "slos/ledger.yaml:4",
      },
    ]);
    // Paths are those of the author, also within sentences.
    expect(JSON.stringify(diff.diagnostics)).not.toContain("pushed:");
    expect(diff.diagnostics.some(({ file }) => file === "bad.yaml")).toBe(true);
  });
});
