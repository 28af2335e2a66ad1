import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runSloTests, type TestFormat } from "./slo-test.ts";

const SPEC = `apiVersion: openslo/v1
kind: SLO
metadata: {name: shop}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec:
      ratioMetric:
        good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}
  objectives: [{target: 0.999}]
`;

const TEST = `cases:
  - name: an outage pages
    slo: shop
    traffic:
      - {before: 1d, rate: 10}
      - {for: 20m, errors: 100%, mark: outage}
      - {for: 12h, errors: 0}
    expect:
      - critical fires within 2m of outage
      - critical resolves before 2h
  - name: a hopeful one
    slo: shop
    traffic: [{for: 1h, rate: 10}, {for: 10m, errors: 50%}, {for: 1h, errors: 0%}]
    expect:
      - nothing fires
      - critical fires twice
      - page-slow resolves after 2h
      - critical is firing at 30m
      - budget at 1h is 0.5
      - state at 1h is breached
`;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-test-"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function run(
  files: Record<string, string>,
  format: TestFormat = "text",
  paths: readonly string[] = [root],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(root, name, ".."), { recursive: true });
    await writeFile(join(root, name), text);
  }
  let out = "";
  let err = "";
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    isTerminal: false,
  };
  const code = await runSloTests(paths, { format, clock: () => 0 }, io);
  return { code, out: out.replaceAll(root, "specs"), err: err.replaceAll(root, "specs") };
}

/** Faults alone, without their hints' lines of examples. */
async function faultsOf(text: string): Promise<readonly string[]> {
  const { code, out } = await run({ "shop.yaml": SPEC, "a.test.yaml": text });
  expect(code).toBe(1);
  return out
    .split("\n")
    .slice(1, -2)
    .map((line) => line.trim());
}

const oneCase = (traffic: string, expectation = "nothing fires"): string =>
  `cases:\n  - name: x\n    slo: shop\n    traffic: ${traffic}\n    expect: ["${expectation}"]\n`;

describe("runSloTests", () => {
  it("tells of each case when its alerts fired, and of a failed one what came instead, with a picture", async () => {
    const { code, out, err } = await run({ "shop.yaml": SPEC, "shop.test.yaml": TEST });
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toMatchInlineSnapshot(`
      "specs/shop.test.yaml
        ok   an outage pages  critical 1m–1h4m50s; warning 1m30s–9h19m40s
        FAIL a hopeful one
             specs/shop.test.yaml:15: nothing fires
               but critical fired at 1h50s; warning fired at 1h10s
             specs/shop.test.yaml:16: critical fires twice
               but critical fired at 1h50s
             specs/shop.test.yaml:17: page-slow resolves after 2h
               but page-slow resolved at 1h39m40s
             specs/shop.test.yaml:18: critical is firing at 30m
               but critical was not firing at 30m
             specs/shop.test.yaml:19: budget at 1h is 0.5
               but the budget was 1 (100 %)
             specs/shop.test.yaml:20: state at 1h is breached
               but the state was met
             traffic      ████████████████████████████████████████████████████████████████  up to 10/s
             errors       ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▄████▄▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  up to 50 %
             budget left  █████████████████████████████▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  least -6926 %, at the end -3746 %
             critical     ·····························━━━━━━━━━━━━━━━━━━━━━━━━━━━━·······  1 episode
             warning      ·····························━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  1 episode
                          0                                                          2h10m
      1 of 2 passed; 1 d 14 h simulated in 0.00 s
      "
    `);
  });

  it("prints JSON of a stable shape", async () => {
    const { out } = await run({ "shop.yaml": SPEC, "shop.test.yaml": TEST }, "json");
    const body = JSON.parse(out) as { files: { cases: unknown[] }[] };
    expect(body).toMatchObject({
      passed: false,
      summary: { files: 1, cases: 2, failed: 1, faults: 0, simulatedMs: 138_600_000 },
      files: [{ path: "specs/shop.test.yaml", faults: [] }],
    });
    expect(body.files[0]!.cases[0]).toMatchInlineSnapshot(`
      {
        "alerts": [
          {
            "episodes": [
              {
                "fired": {
                  "after": "1m",
                  "at": "2026-01-02T00:01:00.000Z",
                },
                "resolution": "recovered",
                "resolved": {
                  "after": "1h4m50s",
                  "at": "2026-01-02T01:04:50.000Z",
                },
                "tiers": [
                  {
                    "after": "1m",
                    "at": "2026-01-02T00:01:00.000Z",
                    "name": "page-quick",
                  },
                ],
              },
            ],
            "key": "critical",
            "severity": "critical",
          },
          {
            "episodes": [
              {
                "fired": {
                  "after": "1m30s",
                  "at": "2026-01-02T00:01:30.000Z",
                },
                "resolution": "recovered",
                "resolved": {
                  "after": "9h19m40s",
                  "at": "2026-01-02T09:19:40.000Z",
                },
                "tiers": [
                  {
                    "after": "1m30s",
                    "at": "2026-01-02T00:01:30.000Z",
                    "name": "ticket-slow",
                  },
                  {
                    "after": "4m20s",
                    "at": "2026-01-02T00:04:20.000Z",
                    "name": "ticket-quick",
                  },
                ],
              },
            ],
            "key": "warning",
            "severity": "warning",
          },
        ],
        "expectations": [
          {
            "instead": null,
            "line": 9,
            "passed": true,
            "text": "critical fires within 2m of outage",
          },
          {
            "instead": null,
            "line": 10,
            "passed": true,
            "text": "critical resolves before 2h",
          },
        ],
        "line": 2,
        "name": "an outage pages",
        "passed": true,
        "simulatedMs": 130800000,
        "slo": "shop",
      }
    `);
  });

  it("prints JUnit XML with a suite for each file", async () => {
    const { code, out } = await run({ "shop.yaml": SPEC, "shop.test.yaml": TEST }, "junit");
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="noroshi test">
        <testsuite name="specs/shop.test.yaml" tests="2" failures="1" errors="0">
          <testcase classname="specs/shop.test.yaml" name="an outage pages"/>
          <testcase classname="specs/shop.test.yaml" name="a hopeful one">
            <failure message="6 of 6 failed">specs/shop.test.yaml:15: nothing fires, but critical fired at 1h50s; warning fired at 1h10s
      specs/shop.test.yaml:16: critical fires twice, but critical fired at 1h50s
      specs/shop.test.yaml:17: page-slow resolves after 2h, but page-slow resolved at 1h39m40s
      specs/shop.test.yaml:18: critical is firing at 30m, but critical was not firing at 30m
      specs/shop.test.yaml:19: budget at 1h is 0.5, but the budget was 1 (100 %)
      specs/shop.test.yaml:20: state at 1h is breached, but the state was met</failure>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });

  it("exits 0 when everything passes", async () => {
    const { code, out } = await run({ "shop.yaml": SPEC, "a.test.yaml": oneCase("[{for: 1h, rate: 1}]") });
    expect(out).toBe("specs/a.test.yaml\n  ok   x  nothing fired\n1 of 1 passed; 1 h simulated in 0.00 s\n");
    expect(code).toBe(0);
  });

  it("exits 2 when a path is missing or holds no test", async () => {
    const missing = await run({}, "text", [join(root, "nope.test.yaml")]);
    expect(missing.code).toBe(2);
    expect(missing.err).toContain("nope.test.yaml: there is no such file or folder");
    const empty = await run({ "shop.yaml": SPEC });
    expect(empty.code).toBe(2);
    expect(empty.err).toContain("tests are named *.test.yaml");
  });

  it("reads specs beside the test or where it says, and tells why an SLO is missing", async () => {
    const named = `specs: ../specs-of-shop\n${oneCase("[{for: 1h, rate: 1}]")}`;
    const elsewhere = { "specs-of-shop/shop.yaml": SPEC, "tests/a.test.yaml": named };
    expect((await run(elsewhere)).code).toBe(0);
    const broken = { "specs-of-shop/shop.yaml": SPEC.replace("0.999", "99.9") };
    const { code, out } = await run(broken);
    expect(code).toBe(1);
    expect(out).toContain('tests/a.test.yaml:4:10: error: the specs have no sound SLO "shop" [cases[0].slo]');
    expect(out).toContain("specs-of-shop/shop.yaml:14:25: error:");
    const gone = await run({ "tests/a.test.yaml": named.replace("specs-of-shop", "nowhere") });
    expect(gone.out).toContain(
      "a.test.yaml:1:8: error: specs/nowhere: there is no such file or folder [specs]",
    );
  });
});

describe("faults of a test file", () => {
  it.each([
    ["case: []", ['a.test.yaml:1:1: error: unknown field "case" [case]', 'hint: did you mean "cases"?']],
    [
      oneCase("[{for: 10m, rate: 5, erors: 1%}]"),
      ['unknown field "erors" [cases[0].traffic[0].erors]', 'did you mean "errors"?'],
    ],
    [
      oneCase("[{for: 10m, rate: 5, errors: 5}]"),
      ["a share of 5 is more than everything", "did you mean 5%?"],
    ],
    [oneCase("[{for: 10m}]"), ["rate is missing", "later steps go on with it"]],
    [oneCase("[{for: 10, rate: 5}]"), ['"10" is not a length of time', "write the unit: 10m, 10h or 10d"]],
    [oneCase("[{for: 15s, rate: 5}]"), ['"15s" is not a multiple of 10 s']],
    [oneCase("[{for: 500d, rate: 5}]"), ["the traffic is longer than 400 days"]],
    [oneCase("[{for: 1h, rate: 5/w}]"), ['"/w" is not a unit of rates']],
    [oneCase("[{for: 1h, good: 5, total: 4}]"), ["good and total do not fit"]],
    [oneCase("[{for: 1h, rate: 1}, {before: 1h}]"), ["before is for the first steps"]],
    [oneCase("[{repeat: 2, steps: [{for: 1h, rate: 1, mark: a}]}]"), ["has no one time to mark"]],
    [
      oneCase("[{for: 1h, rate: 1}]", "critcal fires"),
      ['no alert or tier "critcal"', 'did you mean "critical"?'],
    ],
    [
      oneCase("[{for: 1h, rate: 1}]", "critical fire"),
      ['expected "fires" or "resolves", found "fire"', '"fires"?'],
    ],
    [oneCase("[{for: 1h, rate: 1}]", "critical fires befor 1h"), ['did you mean "before"?']],
    [
      oneCase("[{for: 1h, rate: 1}]", "critical fires before 2h"),
      ["5:37", "lies behind the end of the traffic"],
    ],
    [
      oneCase("[{for: 1h, rate: 1, mark: out}]", "critical fires after oot"),
      ['nothing is marked as "oot"', '"out"?'],
    ],
    [
      oneCase("[{for: 1h, rate: 1}]", "budget at 1h is lots"),
      ['expected a share of the budget, found "lots"'],
    ],
    [oneCase("[{for: 1h, rate: 1}]", "state at 1h is mett"), ['did you mean "met"?']],
    [oneCase("[{for: 1h, rate: 1}]", "nothing fires today"), ['"today" is not understood here']],
    ["cases: [", ["error:"]],
    ["", ["there is no test in the file"]],
    [SPEC, ["this is a document of openslo/v1, not a test"]],
  ])("%# are told with place, field and fix: %s", async (text, parts) => {
    const faults = (await faultsOf(text)).join("\n");
    for (const part of parts) expect(faults).toContain(part);
    expect(faults).toMatch(/a\.test\.yaml:\d+:\d+: error: .*\n+hint: /);
  });
});

describe("the tests of this repository", () => {
  it("pass: what the examples promise is what the service does", async () => {
    const { code, out } = await run({}, "text", ["slo-specs"]);
    expect(out).not.toContain("FAIL");
    expect(code).toBe(0);
  });
});
