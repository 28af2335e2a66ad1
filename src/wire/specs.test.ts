import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadConfig } from "../config.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { Database } from "../store/postgres/database.ts";
import { wireSpecs } from "./specs.ts";

const slo = (service: string): string => `apiVersion: openslo/v1
kind: SLO
metadata: {name: payment}
spec:
  service: payment
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec: {ratioMetric: {good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}, total: {metricSource: {type: traces, spec: {query: '{ resource.service.name = "${service}" }'}}}}}
  objectives: [{target: 0.99}]
`;

it("never puts older indicators back when the store fails while the specs change", async () => {
  const folder = await mkdtemp(join(tmpdir(), "noroshi-wire-specs-"));
  const file = join(folder, "a.yaml");
  await writeFile(file, slo("one"));
  const config = loadConfig({ NOROSHI_SPECS: folder });
  if (!config.ok) throw new Error("no configuration");
  const applied: string[] = [];
  const failing: (() => void)[] = [];
  const specs = await wireSpecs({
    config: config.config,
    log: SILENT_LOG,
    // Revisions fail, too, and that is no reason to stop.
    db: {} as Database,
    evaluator: { setSlos: () => {} },
    retryMs: 50,
    applyIndicators: ([indicator]) => {
      applied.push(/service.name = \\"(\w+)\\"/.exec(JSON.stringify(indicator))![1]!);
      // The first calls hang until the store is known to be away.
      return applied.length > 2
        ? Promise.resolve()
        : new Promise((_, reject) => failing.push(() => reject(new Error("the store is away"))));
    },
  });
  await writeFile(file, slo("two"));
  await expect.poll(() => applied, { timeout: 10_000 }).toEqual(["one", "two"]);
  for (const fail of failing) fail();
  await expect.poll(() => applied).toEqual(["one", "two", "two"]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(applied).toEqual(["one", "two", "two"]);
  await specs.close();
  await rm(folder, { recursive: true, force: true });
});
