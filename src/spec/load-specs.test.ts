import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time.ts";
import { loadSpecs } from "./load-specs.ts";

/** A sound SLO as a team would write it; tests replace lines of it. */
const PAYMENT = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: payment-availability
  displayName: Payment answers
  labels: {team: payments, tier: [one, two]}
  annotations:
    noroshi.dev/owner: payments
    noroshi.dev/runbook: https://runbooks.example/payment
    noroshi.dev/min-events: "20"
    example.com/other: kept
spec:
  service: payment
  description: 99.99 % of requests return something other than a 5xx
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: payment-non-5xx}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: traces, spec: {query: '{ kind = server && span.http.response.status_code < 500 }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}
  objectives: [{displayName: Available, target: 0.9999}]
`;

const load = (text: string) => loadSpecs([{ path: "a.yaml", text }]);
const lines = (text: string): string[] =>
  load(text).diagnostics.map((d) => `${d.line}:${d.column} ${d.severity} ${d.path}: ${d.message}`);
const change = (from: string | RegExp, to: string): string => {
  const changed = PAYMENT.replace(from, to);
  if (changed === PAYMENT) throw new Error(`nothing to replace: ${String(from)}`);
  return changed;
};
/** Documents that an SLO may refer to. */
const POLICY = `---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast-burn}
spec:
  alertWhenBreaching: true
  conditions: [{conditionRef: burns-fast}]
  notificationTargets: [{targetRef: on-call}]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: burns-fast}
spec:
  severity: page
  condition: {kind: burnrate, op: gte, threshold: 10, lookbackWindow: 1h, alertAfter: 5m}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call}
spec: {target: pagerduty}
`;
const WITH_POLICY = `${change(/$/, "  alertPolicies: [{alertPolicyRef: fast-burn}]\n")}${POLICY}`;

describe("loadSpecs", () => {
  it("reads a whole SLO without a diagnostic", () => {
    const { slos, diagnostics, files } = load(PAYMENT);
    expect(diagnostics).toEqual([]);
    expect(files).toEqual([
      { path: "a.yaml", slos: ["payment-availability"], errors: [], warnings: [], notes: [], stale: false },
    ]);
    expect(slos[0]).toMatchObject({
      name: "payment-availability",
      displayName: "Payment answers",
      description: "99.99 % of requests return something other than a 5xx",
      service: "payment",
      owner: "payments",
      runbookUrl: "https://runbooks.example/payment",
      labels: { team: ["payments"], tier: ["one", "two"] },
      objectiveName: "Available",
      target: 0.9999,
      windowMs: 30 * DAY_MS,
      minEvents: 20,
      location: { file: "a.yaml", line: 1, column: 1 },
    });
    expect(slos[0]!.annotations["example.com/other"]).toBe("kept");
    expect(slos[0]!.indicator).toMatchObject({ source: "traces", select: { outcome: "good" } });
    expect(slos[0]!.alerts.map(({ key, tiers }) => [key, tiers.length])).toEqual([
      ["critical", 2],
      ["warning", 2],
    ]);
  });

  it("keeps the indicator when the target, names or spelling change, and not when the query does", () => {
    const id = (text: string): string => load(text).slos[0]!.indicator.id;
    expect(id(change("target: 0.9999", "target: 0.99"))).toBe(id(PAYMENT));
    expect(id(change("'{ kind = server }'", "'{kind=server}'"))).toBe(id(PAYMENT));
    expect(id(change("payment-non-5xx", "other"))).toBe(id(PAYMENT));
    expect(id(change("'{ kind = server }'", "'{ kind = client }'"))).not.toBe(id(PAYMENT));
    expect(id(change("        good:", "        bad:"))).not.toBe(id(PAYMENT));
  });

  it("reads JSON, lists, `kind: List` and anchors like single documents", () => {
    const indented = PAYMENT.replaceAll(/^/gm, "    ").trimStart();
    expect(load(`# list\n-   ${indented}`).slos).toHaveLength(1);
    expect(load(`apiVersion: v1\nkind: List\nitems:\n-   ${indented}`).slos).toHaveLength(1);
    const json = {
      apiVersion: "openslo/v1",
      kind: "Service",
      metadata: { name: "a b" },
      spec: {},
    };
    expect(lines(JSON.stringify([json], undefined, "\t"))).toEqual([
      '6:12 error [0].metadata.name: "a b" is not a name: only a-z, 0-9 and "-" are allowed, with a letter or digit at both ends',
    ]);
    const anchored = PAYMENT.replace("type: traces, spec: {", "<<: &t {type: traces}, spec: {").replace(
      "type: traces, spec: {query: '{ kind = server }'}",
      "<<: *t, spec: {query: '{ kind = server }'}",
    );
    expect(load(anchored).diagnostics).toEqual([]);
  });

  it("takes targetPercent for the decimal it is", () => {
    expect(load(change("target: 0.9999", "targetPercent: 99.99")).slos[0]!.target).toBe(0.9999);
  });

  it("resolves references across files, and shares one SLI among SLOs", () => {
    const sli = `apiVersion: openslo/v1
kind: SLI
metadata: {name: answers}
spec:
  ratioMetric:
    bad: {metricSource: {metricSourceRef: spans, spec: {query: '{ status = error }'}}}
    total: {metricSource: {metricSourceRef: spans, spec: {query: '{ kind = server }'}}}
`;
    const source =
      "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: spans}\nspec: {type: traces}\n";
    const slo = change(/ {2}indicator:\n[\s\S]*(?= {2}objectives)/, "  indicatorRef: answers\n");
    const { slos, diagnostics } = loadSpecs([
      { path: "z.yaml", text: source },
      { path: "b.yaml", text: slo },
      { path: "c.yaml", text: slo.replace("payment-availability", "other") },
      { path: "m.yaml", text: sli },
    ]);
    expect(diagnostics).toEqual([]);
    expect(slos.map(({ name }) => name)).toEqual(["payment-availability", "other"]);
    expect(slos[0]!.indicator).toMatchObject({
      source: "traces",
      select: { outcome: "bad", query: "{ status = error }" },
    });
    expect(slos[0]!.indicator.id).toBe(slos[1]!.indicator.id);
  });

  it("makes an alert of its own of each policy", () => {
    const { slos, diagnostics } = load(WITH_POLICY);
    expect(diagnostics).toEqual([]);
    expect(slos[0]!.alerts).toEqual([
      {
        key: "policy/fast-burn",
        notificationTargets: ["on-call"],
        targetReceivers: ["pagerduty", "on-call"],
        severity: "critical",
        tiers: [
          {
            name: "burns-fast",
            longWindowMs: HOUR_MS,
            shortWindowMs: undefined,
            burnThreshold: 10,
            operator: "gte",
            alertAfterMs: 5 * MINUTE_MS,
            resolveAfterMs: 30 * MINUTE_MS,
          },
        ],
      },
    ]);
  });

  it.each([
    ["page", "critical"],
    ["Critical", "critical"],
    ["SEV1", "critical"],
    ["p1", "critical"],
    ["high", "critical"],
    ["warning", "warning"],
    ["p3", "warning"],
    ["whatever", "warning"],
  ])("takes severity %s for %s", (word, severity) => {
    expect(
      load(WITH_POLICY.replace("severity: page", `severity: ${word}`)).slos[0]!.alerts[0]!.severity,
    ).toBe(severity);
  });

  it("lets one bad file or document take nothing else down", () => {
    const { slos, files } = loadSpecs([
      { path: "bad.yaml", text: "kind: SLO\n\tapiVersion: openslo/v1\n" },
      { path: "good.yaml", text: `kind: [\n---\n${PAYMENT}---\napiVersion: openslo/v1\nkind: SLO\n` },
      { path: "other.yaml", text: PAYMENT.replace("payment-availability", "other") },
    ]);
    expect(slos.map(({ name }) => name)).toEqual(["payment-availability", "other"]);
    expect(files.map(({ path, errors }) => [path, errors.length > 0])).toEqual([
      ["bad.yaml", true],
      ["good.yaml", true],
      ["other.yaml", false],
    ]);
  });

  it("runs the first of two SLOs with one name and reports both", () => {
    const { slos, diagnostics } = loadSpecs([
      { path: "b.yaml", text: PAYMENT },
      { path: "a.yaml", text: PAYMENT },
    ]);
    expect(slos.map(({ location }) => location.file)).toEqual(["a.yaml"]);
    expect(diagnostics.map((d) => `${d.file}:${d.line}:${d.column} ${d.message}`)).toEqual([
      'a.yaml:4:9 SLO "payment-availability" is defined again in b.yaml:4; this one, the first, counts',
      'b.yaml:4:9 SLO "payment-availability" is already defined in a.yaml:4; this one does not count',
    ]);
  });

  it("passes over what is not about SLOs, with a note", () => {
    const note = (text: string): readonly string[] => {
      const { files, diagnostics } = load(text);
      expect(diagnostics).toEqual([]);
      return files[0]!.notes;
    };
    expect(note("")).toEqual(["the file is empty"]);
    expect(note("# nothing\n---\n")).toEqual(["no document in it"]);
    expect(note("apiVersion: v1\nkind: Service\nmetadata: {name: x}\n")).toEqual([
      "line 1: not OpenSLO (v1 Service)",
    ]);
    expect(note("hello\n")).toEqual(["line 1: not OpenSLO (not a mapping)"]);
    expect(note("a: {{ .Values.x }}\nb: c: d\n")).toEqual([
      "line 2: not valid YAML, and nothing in the file looks like OpenSLO",
    ]);
  });

  it.each([
    [
      "apiVersion: openslo/v1alpha\nkind: SLI",
      '1:13 error apiVersion: OpenSLO version "openslo/v1alpha" is not supported yet',
    ],
    [
      "apiVersion: openslo.com/v3\nkind: SLO",
      '1:13 error apiVersion: OpenSLO version "openslo.com/v3" is not supported yet',
    ],
    ["apiVersion: opensol/v1\nkind: SLO", '1:13 error apiVersion: "opensol/v1" is not a version of OpenSLO'],
    ["kind: SLO\nmetadata: {name: a}", "1:1 error apiVersion: apiVersion is missing"],
    ["apiVersion: openslo/v1\nkind: Slo", '2:7 error kind: "Slo" is not a kind of OpenSLO'],
    ["apiVersion: openslo/v1\nmetadata: {}", "1:1 error kind: kind is missing"],
    [
      "version: prometheus/v2\nservice: a\nslos: []",
      '1:10 error version: "prometheus/v2" is not a version of Sloth\'s files',
    ],
    [
      "apiVersion: sloth.slok.dev/v1\nkind: PrometheusRule",
      '2:7 error kind: "PrometheusRule" is not a kind of Sloth',
    ],
    [
      "apiVersion: pyrra.dev/v1beta1\nkind: ServiceLevelObjective",
      '1:13 error apiVersion: "pyrra.dev/v1beta1" is not a version of Pyrra that loads',
    ],
  ])("says what %j is", (text, line) => {
    expect(lines(`${text}\n`)).toEqual([line]);
  });
});

describe("diagnostics of loadSpecs", () => {
  it("reports every fault of a file, each at its place and with what to write", () => {
    const text = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: Payment_API
  annotations:
    noroshi.dev/ownr: payments
    noroshi.dev/min-events: many
    noroshi.dev/runbook: wiki/payment
spec:
  servce: payment
  budgetingMethod: occurrences
  timeWindow:
    - duration: 30 days
      isRolling: yes
  indicator:
    metadata: {name: i}
    spec:
      ratioMetric:
        good:
          metricSource:
            type: traces
            spec:
              query: |
                {
                  kind = server &&
                  duration < 300mss
                }
        total:
          metricSource: {type: traces, spec: {query: "{ knd = server }"}}
  objectives:
    - target: 99.9
      target: "0.9"
`;
    expect(load(text).diagnostics.map((d) => `${d.line}:${d.column} ${d.message} -> ${d.hint}`))
      .toMatchInlineSnapshot(`
        [
          "4:9 "Payment_API" is not a name: only a-z, 0-9 and "-" are allowed, with a letter or digit at both ends -> write payment-api",
          "6:5 noroshi.dev/ownr is not an annotation of ours -> did you mean "noroshi.dev/owner"?",
          "7:29 "many" is not a number of events -> write a whole number of at least 1, e.g. "100"",
          "8:26 "wiki/payment" is not a web address -> write the whole address, e.g. https://runbooks.example/payment",
          "10:3 unknown field "servce" -> did you mean "service"?",
          "11:20 "occurrences" is not one of Occurrences, Timeslices, RatioTimeslices -> did you mean "Occurrences"?",
          "13:17 "30 days" is not a duration -> did you mean 30d? Write a whole number and one of m (minutes), h, d, w, M (months), Q, Y, without a space",
          "14:18 expected true or false, found the text "yes" -> write true or false, without quotes",
          "26:30 TraceQL: 300mss is neither a number nor a duration -> durations have the units ns, us, ms, s, m, h, as in 1m30s; texts are quoted",
          "29:57 TraceQL: knd is not known -> did you mean kind?",
          "31:15 99.9 is not a target: at least 0 and below 1 -> write target: 0.999 or targetPercent: 99.9",
          "32:7 target is written twice in the same mapping -> keep one of the two",
        ]
      `);
  });

  it.each([
    [
      "target: 0.9999",
      "target: 1",
      "24:49 error spec.objectives[0].target: 1 is not a target: at least 0 and below 1",
    ],
    [
      "target: 0.9999",
      "target: .nan",
      "24:49 error spec.objectives[0].target: expected a number, found the number NaN",
    ],
    [
      "target: 0.9999",
      "target: '0.9'",
      '24:49 error spec.objectives[0].target: expected a number, found the text "0.9"',
    ],
    [
      "target: 0.9999",
      "target: 0.9, targetPercent: 90",
      "24:54 error spec.objectives[0].targetPercent: targetPercent stands beside target",
    ],
    [", target: 0.9999", "", "24:16 error spec.objectives[0].target: target is missing"],
    ["[{displayName: Available, target: 0.9999}]", "[]", "24:15 error spec.objectives: objectives is empty"],
    ["  service: payment\n", "", "13:3 error spec.service: service is missing"],
    ["  service: payment", "  service: ''", "13:12 error spec.service: the text is empty"],
    ["  service: payment", "  service: [a]", "13:12 error spec.service: expected a text, found a list"],
    ["isRolling: true", "", "16:16 error spec.timeWindow[0].isRolling: isRolling is missing"],
    ["30d", "0d", "16:27 error spec.timeWindow[0].duration: the duration is zero"],
    ["30d", "6Y", "16:27 error spec.timeWindow[0].duration: 6Y is longer than five years"],
    ["30d", "90s", '16:27 error spec.timeWindow[0].duration: "90s" is not a duration'],
    [
      "[{duration: 30d, isRolling: true}]",
      "{duration: 30d}",
      "16:15 error spec.timeWindow: expected a list, found a mapping",
    ],
    [
      "type: traces, spec: {query: '{ kind = server }'}",
      "spec: {query: '{ kind = server }'}",
      "23:31 error spec.indicator.spec.ratioMetric.total.metricSource.type: type is missing",
    ],
    [
      "query: '{ kind = server }'",
      "query: { kind = server }",
      "23:60 error spec.indicator.spec.ratioMetric.total.metricSource.spec.query: the query is not in quotes, so YAML reads a mapping",
    ],
    [
      "query: '{ kind = server }'",
      "query: '{ kind = sever }'",
      "23:70 error spec.indicator.spec.ratioMetric.total.metricSource.spec.query: TraceQL: sever is not known",
    ],
    [/ {8}total: .*\n/, "", "21:9 error spec.indicator.spec.ratioMetric.total: total is missing"],
    ["spec:\n  service", "spc:\n  service", '12:1 error spc: unknown field "spc"'],
    [
      "noroshi.dev/owner: payments",
      "noroshi.dev/group-by: x",
      '8:27 error metadata.annotations["noroshi.dev/group-by"]: "x" is not a field of spans',
    ],
    ["kind: SLO\n", "kind: SLO\nkind: SLO\n", "3:1 error : kind is written twice in the same mapping"],
  ])("says what is wrong when %j becomes %j", (from, to, line) => {
    expect(lines(change(from, to)).join("\n")).toContain(line);
    expect(load(change(from, to)).slos).toEqual([]);
  });

  it.each([
    [
      /ratioMetric:[\s\S]*(?= {2}objectives)/,
      "thresholdMetric: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}\n",
      "thresholdMetric over spans",
    ],
    [
      / {8}counter[\s\S]*(?= {2}objectives)/,
      "        rawType: success\n        raw: {metricSource: {type: traces, spec: {query: '{ true }'}}}\n",
      "ratioMetric.raw over spans",
    ],
    ["type: traces", "type: Datadog", "a metric source of type Datadog"],
  ])("refuses with reason what OpenSLO allows and this version cannot: %s", (from, to, what) => {
    const { slos, diagnostics } = load(change(from, to));
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map(({ message }) => message)).toContain(`${what} is not supported yet`);
    expect(errors.every(({ hint }) => hint.length > 10)).toBe(true);
    expect(slos).toEqual([]);
  });

  it.each([
    ["threshold: 10", "threshold: 0", "a burn rate above 0 is no trouble"],
    ["kind: burnrate", "kind: burn", '"burn" is not one of burnrate'],
    ["[{conditionRef: burns-fast}]", "[]", "a policy has exactly one condition, not 0"],
    [
      "conditionRef: burns-fast",
      "conditionRef: burns-first",
      'there is no AlertCondition named "burns-first"',
    ],
    ["targetRef: on-call", "targetRef: nobody", 'there is no AlertNotificationTarget named "nobody"'],
    ["alertPolicyRef: fast-burn", "alertPolicyRef: fastburn", 'there is no AlertPolicy named "fastburn"'],
    [
      "[{alertPolicyRef: fast-burn}]",
      "[{alertPolicyRef: fast-burn}, {alertPolicyRef: fast-burn}]",
      'alert policy "fast-burn" is listed twice',
    ],
  ])("refuses an alert whose %j is %j", (from, to, message) => {
    const { slos, diagnostics } = load(WITH_POLICY.replace(from, to));
    expect(diagnostics.map((diagnostic) => diagnostic.message)).toContain(message);
    expect(slos).toEqual([]);
  });

  it.each([
    [
      PAYMENT.replace("0.9999", "0.9"),
      "24:49 warning spec.objectives[0].target: with this target the burn rate is at most 10, so these default alerts can never fire: page-quick (14.4)",
    ],
    [
      PAYMENT.replace("target:", "op: gt, value: 1, target:"),
      "24:41 warning spec.objectives[0].op: op has no effect on a ratio",
    ],
    [PAYMENT.replace("30d", "1m"), "16:27 warning spec.timeWindow[0].duration: 1m is 1 minute"],
    [PAYMENT.replace("30d", "1M"), "16:27 warning spec.timeWindow[0].duration: 1M is counted as 30 days"],
    [
      PAYMENT.replace('"20"', "20"),
      '10:29 warning metadata.annotations["noroshi.dev/min-events"]: annotations are texts',
    ],
    [
      PAYMENT.replace("runbook:", "runbok:"),
      '9:5 warning metadata.annotations["noroshi.dev/runbok"]: noroshi.dev/runbok is not an annotation of ours',
    ],
    [
      WITH_POLICY.replace("threshold: 10", "threshold: 20000"),
      '40:51 warning spec.condition.threshold: the burn rate of SLO "payment-availability" is at most 10000, so a threshold of 20000 can never be crossed',
    ],
    [
      WITH_POLICY.replace("lookbackWindow: 1h", "lookbackWindow: 31d"),
      '40:71 warning spec.condition.lookbackWindow: the lookback window is longer than the time window of SLO "payment-availability"',
    ],
    [
      WITH_POLICY.replace("target: pagerduty", "target: email"),
      '33:25 warning spec.notificationTargets[0]: target "email" is told if noroshi.yaml has a receiver of this name; else severity critical goes to pagerduty',
    ],
    [
      PAYMENT.replace("status_code < 500", 'status_code < "500"'),
      '22:59 warning spec.indicator.spec.ratioMetric.good.metricSource.spec.query: http.response.status_code is a number, and a number never matches the text "500"',
    ],
    [
      PAYMENT.replace("kind = server && span.http.response.status_code < 500", "kind = server"),
      "22:15 warning spec.indicator.spec.ratioMetric.good: every event of total is good, so no budget is ever spent",
    ],
    [
      PAYMENT.replace("kind = server && span.http.response.status_code < 500", " "),
      "22:15 warning spec.indicator.spec.ratioMetric.good: every event of total is good, so no budget is ever spent",
    ],
  ])("warns and still runs (case %#)", (text, line) => {
    expect(lines(text).join("\n")).toContain(line);
    expect(load(text).slos).toHaveLength(1);
    expect(load(text).diagnostics.every(({ severity }) => severity === "warning")).toBe(true);
  });

  it("refuses texts that no database can hold, wherever they stand", () => {
    for (const text of [
      change("description: 99.99 %", 'description: "99.99 \\0 %"\n  x: '),
      change("displayName: Payment answers", 'displayName: "Payment \\uD800 answers"'),
      change("noroshi.dev/owner: payments", 'noroshi.dev/owner: "pay\\0ments"'),
      change("example.com/other: kept", 'example.com/other: "\\0"'),
      change("team: payments", 'team: "\\0"'),
      change("displayName: Available", 'displayName: "\\0"'),
    ]) {
      expect(load(text).slos).toEqual([]);
      expect(lines(text).join()).toContain("cannot be stored");
    }
    expect(load(change("Payment answers", '"Payment 🔥 answers"')).slos).toHaveLength(1);
  });

  it.each([
    [
      "budgetingMethod",
      "budgettingMethod",
      '15:3 unknown field "budgettingMethod" -> did you mean "budgetingMethod"?',
    ],
    ["timeWindow", "timeWindows", '16:3 unknown field "timeWindows" -> did you mean "timeWindow"?'],
    [
      "[{displayName: Available, target: 0.9999}]",
      "{target: 0.9999}",
      "24:15 expected a list, found a mapping -> write `- ` before the first field, and indent the others as far as it",
    ],
    [
      "spec:\n      ratioMetric:",
      "ratioMetric:",
      "19:5 spec: is missing above ratioMetric -> write spec: here, and ratioMetric below it, indented",
    ],
    [
      "spec: {query: '{ kind = server }'}",
      "query: '{ kind = server }'",
      "23:46 spec: is missing above query -> write spec: here, and query below it, indented",
    ],
    [
      "target: 0.9999",
      'targetPercent: "99.9%"',
      '24:56 expected a number, found the text "99.9%" -> write targetPercent: 99.9, without the sign',
    ],
    ["target: 0.9999", "target: '0,999'", '24:49 expected a number, found the text "0,999" -> write 0.999'],
    [
      "target: 0.9999",
      "targetPercent: 0.9999",
      "24:56 targetPercent: 0.9999 is less than one percent -> if 99.99 % is meant, write target: 0.9999 or targetPercent: 99.99",
    ],
    [
      "  objectives",
      "  alertPolicies: [fast-burn]\n  objectives",
      '24:19 expected a mapping, found the text "fast-burn" -> write alertPolicyRef: fast-burn',
    ],
    ["isRolling: true", "", "16:16 isRolling is missing -> write isRolling: true"],
  ])("says one thing about one slip: %j as %j", (from, to, line) => {
    const { diagnostics } = load(change(from, to));
    expect(diagnostics.map((d) => `${d.line}:${d.column} ${d.message} -> ${d.hint}`)).toEqual([line]);
  });

  it("finds what is wrong with the targets of a policy whose condition is wrong too", () => {
    const broken = WITH_POLICY.replace("op: gte", 'op: ">="').replace(
      "targetRef: on-call",
      "targetRef: oncall",
    );
    expect(load(broken).diagnostics.map(({ message, hint }) => `${message} -> ${hint}`)).toEqual(
      expect.arrayContaining([
        '">=" is not one of gt, gte, lt, lte -> write gte',
        'there is no AlertNotificationTarget named "oncall" -> did you mean "on-call"?',
      ]),
    );
  });

  it("names the broken object that an SLO refers to", () => {
    const broken = WITH_POLICY.replace("threshold: 10", "threshold: ten");
    expect(lines(broken)).toEqual([
      '25:36 error spec.alertPolicies[0].alertPolicyRef: AlertPolicy "fast-burn" has errors of its own',
      '32:31 error spec.conditions[0].conditionRef: AlertCondition "burns-fast" has errors of its own',
      '40:51 error spec.condition.threshold: expected a number, found the text "ten"',
    ]);
  });
});
