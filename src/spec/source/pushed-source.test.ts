import { afterEach, expect, it } from "vitest";
import { pushedPath, pushedSourceOf } from "./pushed-path.ts";
import { createPushedSource, type PushedFiles } from "./pushed-source.ts";
import type { SpecSource } from "./spec-source.ts";

let source: SpecSource | undefined;
afterEach(() => source?.close());

function createStore() {
  const store = {
    sources: [] as PushedFiles[],
    version: 0,
    isAway: false,
    push(name: string, ...paths: readonly string[]) {
      const files = paths.map((path) => ({ path, text: path }));
      store.sources = [...store.sources.filter((held) => held.name !== name), { name, commit: "abc", files }];
      store.version += 1;
    },
  };
  const asked = async <T>(answer: () => T): Promise<T> => {
    if (store.isAway) throw new Error("away");
    return answer();
  };
  const ports = {
    list: () => asked(() => store.sources),
    version: () => asked(() => String(store.version)),
  };
  return { store, ports };
}
const paths = async () => (await source!.read()).texts.map(({ path }) => path);

it("holds the files of all pushed sources, with paths that never meet", async () => {
  const { store, ports } = createStore();
  store.push("acme/pay", "b.yaml");
  store.push("acme", "pay/b.yaml", "a.yaml");
  source = createPushedSource(ports);
  expect(await paths()).toEqual(["pushed:acme/a.yaml", "pushed:acme/pay/b.yaml", "pushed:acme:pay/b.yaml"]);
  expect((await source.read()).revisions).toEqual({ acme: "abc", "acme/pay": "abc" });
  expect(pushedSourceOf(pushedPath("acme/pay", "x/b.yaml"))).toBe("acme/pay");
  expect(pushedSourceOf("slo-specs/a.yaml")).toBeUndefined();
});

it("finds within a poll what another node stored, and tells of it once it was asked to", async () => {
  const { store, ports } = createStore();
  source = createPushedSource(ports, 10);
  await source.read();
  let changes = 0;
  await source.watch(
    () => {
      changes += 1;
      void source!.read();
    },
    () => {},
  );
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(changes).toBe(0);
  store.push("a", "a.yaml");
  await expect.poll(() => changes).toBe(1);
});

it("goes on with what it read while the store is away, says so once, and reads again after", async () => {
  const { store, ports } = createStore();
  store.push("a", "a.yaml");
  source = createPushedSource(ports, 10);
  const before = await paths();
  const errors: unknown[] = [];
  let changes = 0;
  await source.watch(
    () => void (changes += 1),
    (error) => errors.push(error),
  );
  store.isAway = true;
  await expect.poll(() => errors.length).toBe(1);
  expect(await paths()).toEqual(before);
  expect((await source.read()).problems).toEqual([]);
  store.push("b", "b.yaml");
  store.isAway = false;
  await expect.poll(() => changes).toBeGreaterThan(0);
  expect(errors).toHaveLength(1);
  expect(await paths()).toHaveLength(2);
});

it("that was never read is an error, so that nothing is taken for gone", async () => {
  const { store, ports } = createStore();
  store.isAway = true;
  source = createPushedSource(ports);
  expect((await source.read()).problems).toMatchObject([{ severity: "error" }]);
});
