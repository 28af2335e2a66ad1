import { describe, expect, it } from "vitest";
import { availabilitySpec } from "../../test/acceptance/spans.ts";
import { keptDocuments } from "./kept-documents.ts";
import { loadSpecs } from "./load-specs.ts";

const slo = (service: string) => availabilitySpec(service);
const POLICY = `apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast-burn}
spec:
  conditions:
    - kind: AlertCondition
      metadata: {name: burns}
      spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 10, lookbackWindow: 1h, alertAfter: 5m}}
  notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: on-call}, spec: {target: pagerduty}}]
`;
const WITH_POLICY = slo("wallet").replace(/\n$/, "\n  alertPolicies: [{alertPolicyRef: fast-burn}]\n");
const SLOTH = (names: readonly string[]) => `version: prometheus/v1
service: mail
slos:
${names
  .map(
    (name) => `  - name: ${name}
    objective: 99.5
    sli: {events: {error_query: 'sum(rate(mail_total{result="bounced"}[{{.window}}]))', total_query: 'sum(rate(mail_total[{{.window}}]))'}}
    alerting: {name: Mail}
`,
  )
  .join("")}`;
const join = (...documents: readonly string[]) => documents.join("---\n");
const file = (path: string, text: string) => ({ path, text });
const names = (...texts: Parameters<typeof keptDocuments>[0][]) => {
  const { slos, diagnostics } = loadSpecs(texts.flat());
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return slos.map(({ name }) => name).sort((a, b) => (a < b ? -1 : 1));
};

describe("what is kept of files that are replaced", () => {
  it("is nothing when all SLOs are still there, wherever they are", () => {
    const old = [file("a.yaml", join(slo("a"), slo("b"), POLICY))];
    expect(keptDocuments(old, [file("x/b.yaml", slo("b")), file("a.json", slo("a"))])).toEqual([]);
  });

  it("is an SLO that is gone, from a file that goes on, with what it refers to", () => {
    const old = [file("slos/a.yaml", join(slo("a"), WITH_POLICY)), file("slos/policies.yaml", POLICY)];
    const next = [file("slos/a.yaml", slo("a"))];
    const kept = keptDocuments(old, next);
    expect(kept.map(({ path }) => path)).toEqual(["slos/a.kept.yaml", "slos/policies.kept.yaml"]);
    expect(names(next, kept)).toEqual(["a-availability", "wallet-availability"]);
  });

  it("refers to what is new where that is still defined", () => {
    const old = [file("a.yaml", join(slo("a"), WITH_POLICY, POLICY))];
    const next = [file("a.yaml", join(slo("a"), POLICY.replace("threshold: 10", "threshold: 12")))];
    expect(names(next, keptDocuments(old, next))).toEqual(["a-availability", "wallet-availability"]);
  });

  it("is kept over again, and let go once it is back", () => {
    const next = [file("a.yaml", slo("a"))];
    const kept = keptDocuments([file("a.yaml", join(slo("a"), slo("b")))], next);
    const again = keptDocuments([...next, ...kept], next);
    expect(again).toEqual(kept);
    expect(keptDocuments([...next, ...kept], [...next, file("b.yaml", slo("b"))])).toEqual([]);
  });

  it("is one SLO of several in a file of Sloth, and in a list", () => {
    const old = [
      file("mail.yml", SLOTH(["sent", "read"])),
      file("list.yaml", `kind: List\nitems:\n${list("a", "b")}`),
    ];
    const next = [file("mail.yml", SLOTH(["read"])), file("list.yaml", list("a"))];
    const kept = keptDocuments(old, next);
    expect(names(kept)).toEqual(["b-availability", "mail-sent"]);
    expect(names(next, kept)).toEqual(["a-availability", "b-availability", "mail-read", "mail-sent"]);
  });

  it("holds no document of somebody else, and nothing of files that cannot be read", () => {
    const other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    const old = [file("a.yaml", join(slo("a"), other)), file("broken.yaml", "a: [")];
    const kept = keptDocuments(old, []);
    expect(kept).toHaveLength(1);
    expect(kept[0]!.text).not.toContain("ConfigMap");
  });
});

function list(...services: readonly string[]): string {
  return services.map((service) => `- ${slo(service).trimEnd().replaceAll("\n", "\n  ")}\n`).join("");
}
