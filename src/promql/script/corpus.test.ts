import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runScript } from "./run-script.ts";

const CORPUS = join(import.meta.dirname, "../../../../shared/corpora/promqltest");

/** Cases that do not pass, as `file:line`, with the reason. One that passes must not be listed. */
const KNOWN_FAILURES: Readonly<Record<string, string>> = {};

const present = existsSync(CORPUS);
if (!present) console.warn(`skipped: no promqltest corpus in ${CORPUS}`);
const files = present ? readdirSync(CORPUS).filter((name) => name.endsWith(".test")) : [];

describe.skipIf(!present)("the conformance scripts of Prometheus 3", () => {
  it("are all there", () => {
    expect(files.length).toBeGreaterThanOrEqual(14);
  });

  it.each(files)("%s gives what Prometheus gives", async (file) => {
    const report = await runScript(readFileSync(join(CORPUS, file), "utf8"), file);
    expect(report.fault).toBeUndefined();
    expect(report.cases.length).toBeGreaterThan(0);
    const failed = report.cases.filter(({ failure }) => failure !== undefined);
    const unknown = failed.filter(({ line }) => KNOWN_FAILURES[`${file}:${line}`] === undefined);
    expect(unknown).toEqual([]);
    const listed = Object.keys(KNOWN_FAILURES).filter((place) => place.startsWith(`${file}:`));
    expect(failed.map(({ line }) => `${file}:${line}`).sort()).toEqual(listed.sort());
  });
});
