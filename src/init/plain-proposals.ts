import { formatPercent } from "../slo/format-percent.ts";
import { quoted } from "../spec/preset/query-text.ts";
import { chooseTarget } from "./choose-target.ts";
import { countText } from "./number-text.ts";
import { separate, type PassedOver, type Proposal, type Proposals } from "./proposal.ts";
import { whyNot } from "./request-proposals.ts";
import type { Telemetry } from "./telemetry.ts";

const KINDS = {
  server: { suffix: "availability", shown: "answers", noun: "requests" },
  consumer: { suffix: "processing", shown: "processes its messages", noun: "messages" },
} as const;

/** Of spans that no preset counts: how many are errors. With queries, since there is no convention to lean on. */
export function plainProposals(
  stem: string,
  service: string,
  spans: Telemetry["spans"],
  kinds: readonly (keyof typeof KINDS)[],
): Proposals {
  const found = kinds.flatMap((kind) =>
    spans.filter((row) => row.kind === kind).map((row) => ({ ...row, kind })),
  );
  const all = found.map(({ kind, spans: events, errors: bad }): Proposal | PassedOver => {
    const { suffix, shown, noun } = KINDS[kind];
    const chosen = chooseTarget(events, bad);
    if (chosen === undefined) return { what: suffix, why: whyNot(events, bad, noun) };
    return {
      name: `${stem}-${suffix}`,
      displayName: `${service} ${shown}`,
      description: `Spans of kind ${kind} that are no errors`,
      annotations: {},
      ratio: {
        bad: "{ status = error }",
        total: `{ resource.service.name = ${quoted(service)} && kind = ${kind} }`,
      },
      objectiveName: "Sound",
      chosen,
      promise: "",
      events,
      bad,
      noun,
      reasons: [
        `Of ${countText(events)} spans of kind ${kind} ${countText(bad)} had status error${bad > 0 ? ` (${formatPercent(bad / events)})` : ""}.`,
        ...(kind === "server"
          ? ["They have neither http.request.method nor rpc.system, so that no preset knows them."]
          : []),
      ],
    };
  });
  return separate(all);
}
