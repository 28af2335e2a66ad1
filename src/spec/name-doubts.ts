import type { AlertDefinition, Slo } from "../slo/slo.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** As names of SLOs, and so of groups (grouping/group-name.ts). */
const NAME_CHARACTERS = 63;
/** What the name of a group keeps besides the SLO's: a dash, a short value, a dash and a hash. */
const GROUP_CHARACTERS = 24;
/** What a Slack message shows of a description. */
const SLACK_DESCRIPTION_CHARACTERS = 1_000;
/** Labels of an SLO are labels of its recorded series; longer values are refused (`ingest.maxLabelValueLength`). */
const LABEL_VALUE_BYTES = 4_096;

/**
 * Warns of names that are sound by themselves, but cut or mixed up where they are used: in recorded series, alerts,
 * messages, and the names of groups.
 */
export function nameDoubts(slos: readonly Slo[]): readonly Diagnostic[] {
  return [...slos.flatMap(doubtsOfOne), ...lookAlikes(slos), ...sameSlothIds(slos)];
}

function doubtsOfOne(slo: Slo): readonly Diagnostic[] {
  const doubts: Diagnostic[] = [];
  const add = (message: string, hint: string): void => void doubts.push(warning(slo, message, hint));
  if (slo.groupBy !== undefined && slo.name.length > NAME_CHARACTERS - GROUP_CHARACTERS) {
    add(
      `the name of SLO "${slo.name}" has ${slo.name.length} characters, which leaves little for its groups: ` +
        `their names are cut at ${NAME_CHARACTERS} and told apart by a hash`,
      `shorten it to ${NAME_CHARACTERS - GROUP_CHARACTERS} characters`,
    );
  }
  if (slo.description.length > SLACK_DESCRIPTION_CHARACTERS) {
    add(
      `the description of SLO "${slo.name}" has ${slo.description.length} characters; Slack shows the first ${SLACK_DESCRIPTION_CHARACTERS.toLocaleString("en-US")}`,
      "say what matters at night first, or link the rest as noroshi.dev/runbook",
    );
  }
  for (const [label, values] of Object.entries(slo.labels)) {
    if (new TextEncoder().encode(values.join(",")).length <= LABEL_VALUE_BYTES) continue;
    add(
      `the label ${label} of SLO "${slo.name}" is longer than ${LABEL_VALUE_BYTES} bytes, so series about the SLO are refused`,
      "shorten it, or write it as an annotation",
    );
  }
  for (const [name, [first, second]] of sameTiers(slo.alerts)) {
    add(
      `the alerts ${first} and ${second} of SLO "${slo.name}" both have a condition "${name}" of the same severity: ` +
        `Prometheus and Grafana see one alert, "${slo.name}:${name}"`,
      "give each condition a name of its own",
    );
  }
  return doubts;
}

/** Conditions that two alerts share: what is shown as Prometheus alerts has the SLO, the condition and the severity. */
function sameTiers(alerts: readonly AlertDefinition[]): readonly [string, readonly [string, string]][] {
  const seen = new Map<string, string>();
  const same: [string, readonly [string, string]][] = [];
  for (const { key, severity, tiers } of alerts) {
    for (const { name } of tiers) {
      const id = JSON.stringify([name, severity]);
      const first = seen.get(id);
      if (first === undefined) seen.set(id, key);
      else if (first !== key) same.push([name, [first, key]]);
    }
  }
  return same;
}

/** Names that differ in dashes alone: at night they are one. */
function lookAlikes(slos: readonly Slo[]): readonly Diagnostic[] {
  return collisions(slos, ({ name }) => name.replaceAll("-", "")).map(([first, second]) =>
    warning(
      second,
      `the names "${second.name}" and "${first.name}" (${where(first)}) differ in dashes alone, and are easily taken for each other`,
      "name what is different about them",
    ),
  );
}

/** `sloth_id` joins service and name with a dash, as Sloth does. */
function sameSlothIds(slos: readonly Slo[]): readonly Diagnostic[] {
  return collisions(slos, ({ service, name }) => `${service}-${name}`).map(([first, second]) =>
    warning(
      second,
      `SLO "${second.name}" of ${second.service} and "${first.name}" of ${first.service} (${where(first)}) have the same ` +
        `sloth_id, "${second.service}-${second.name}": dashboards made for Sloth mix them up`,
      "rename one of the two",
    ),
  );
}

/** Each SLO whose key another one had before, with that one. Groups of one SLO are left out: their names are made. */
function collisions(slos: readonly Slo[], key: (slo: Slo) => string): readonly (readonly [Slo, Slo])[] {
  const first = new Map<string, Slo>();
  const pairs: (readonly [Slo, Slo])[] = [];
  for (const slo of slos) {
    if (slo.group !== undefined) continue;
    const before = first.get(key(slo));
    if (before === undefined) first.set(key(slo), slo);
    else if (before.name !== slo.name) pairs.push([before, slo]);
  }
  return pairs;
}

function warning({ location }: Slo, message: string, hint: string): Diagnostic {
  return { severity: "warning", ...location, path: "", message, hint };
}

const where = ({ location }: Slo): string => `${location.file}:${location.line}`;
