import { Document } from "yaml";
import { formatPercent } from "../slo/format-percent.ts";
import type { ChosenTarget } from "./choose-target.ts";
import type { Proposal } from "./proposal.ts";

/** Where the schema for editors lies beside the specs. Hidden, so that it is no spec. */
export const SCHEMA_FILE = ".openslo.schema.json";

export interface ProposalFile {
  readonly service: string;
  readonly startMs: number;
  readonly endMs: number;
  /** The most used routes, for who wants one by itself. */
  readonly routes: readonly string[];
  readonly proposals: readonly Proposal[];
}

const LINE = 110;

/** A spec file with all of them: documents of OpenSLO v1, each with the reasons above it. */
export function printProposals(file: ProposalFile): string {
  const { service, startMs, endMs, routes, proposals } = file;
  const head = [
    `Proposed by \`noroshi init\` from what ${service} sent from ${dayText(startMs)} to ${dayText(endMs)}.`,
    "The file is yours: a target is a promise, and these are only what was kept in that time.",
    ...(routes.length > 0 && proposals.some(hasRoute)
      ? [`One route by itself: add noroshi.dev/preset-route. The most used: ${routes.join(", ")}`]
      : []),
  ];
  const schema = `# yaml-language-server: $schema=./${SCHEMA_FILE}\n`;
  const documents = proposals.map((proposal) => printProposal(service, proposal));
  return `${schema}${comment(head)}\n${documents.join("---\n")}`;
}

function hasRoute({ annotations }: Proposal): boolean {
  return Object.values(annotations).some((value) => value.startsWith("http-"));
}

function printProposal(service: string, proposal: Proposal): string {
  const { name, displayName, description, annotations, ratio, objectiveName, chosen } = proposal;
  const metric = (query: string) => ({ metricSource: { type: "traces", spec: { query } } });
  const document = new Document({
    apiVersion: "openslo/v1",
    kind: "SLO",
    metadata: {
      name,
      displayName,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      description,
      service,
      budgetingMethod: "Occurrences",
      timeWindow: [{ duration: "30d", isRolling: true }],
      ...(ratio === undefined
        ? {}
        : {
            indicator: {
              metadata: { name },
              spec: {
                ratioMetric: { counter: true, bad: metric(ratio.bad), total: metric(ratio.total) },
              },
            },
          }),
      objectives: [{ displayName: objectiveName, target: chosen.target }],
    },
  });
  return comment([...proposal.reasons, targetReason(chosen)]) + document.toString({ lineWidth: 0 });
}

/** Why this target. */
function targetReason({ target, spent, higher }: ChosenTarget): string {
  const kept = `At ${formatPercent(target)} that would have spent ${formatPercent(spent)} of the budget`;
  if (higher === undefined) return `${kept}.`;
  const next = formatPercent(higher.target);
  switch (higher.why) {
    case "spent":
      return `${kept}, at ${next} ${formatPercent(higher.spent)}.`;
    case "little traffic":
      return `${kept}; for ${next} it was too little traffic to tell.`;
    case "habit":
      return `${kept}; higher targets are better sought with a longer threshold.`;
  }
}

/** Without control characters and line breaks: names come from telemetry. */
function comment(sentences: readonly string[]): string {
  const lines: string[] = [];
  for (const sentence of sentences) {
    let line = "";
    for (const word of sentence.replaceAll(/[\p{Cc}\s]+/gu, " ").split(" ")) {
      if (line !== "" && line.length + word.length + 1 > LINE) {
        lines.push(line);
        line = "";
      }
      line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => `# ${line}\n`).join("");
}

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
