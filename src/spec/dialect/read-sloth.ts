import { WORKBOOK_TIERS } from "../../slo/workbook-tiers.ts";
import { NO_ALERT_TIERS, printAlertTiers } from "../alert-tiers.ts";
import { readItems, readMapping, requireField, type Fields } from "../fields.ts";
import { report, type Place } from "../place.ts";
import { readBoolean, readDescription, readFilledText, readNumber } from "../scalars.ts";
import type { AlertWindows } from "./alert-windows.ts";
import { dialectName } from "./dialect-name.ts";
import { dialectSlo, type DialectSlo } from "./dialect-slo.ts";
import { targetOfPercent } from "./dialect-target.ts";
import { readLenientFields, readTexts } from "./lenient-fields.ts";
import { createLossList, type Loss, type LossList } from "./loss.ts";
import { readSlothSli } from "./read-sloth-sli.ts";
import { FILE_SPELLING, RESOURCE_SPELLING, type SlothSpelling } from "./sloth-fields.ts";

/** What the SLOs of one document share. */
interface SlothService {
  readonly service: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spelling: SlothSpelling;
  readonly windows: AlertWindows;
  /** Of the document as a whole. */
  readonly losses: readonly Loss[];
}

/** Reads a file of Sloth, `version: prometheus/v1`. */
export function readSlothFile(root: Place, windows: AlertWindows): readonly DialectSlo[] {
  return readService(root, ["version"], {
    spelling: FILE_SPELLING,
    windows,
    annotations: {},
    losses: createLossList(),
  });
}

/** Reads a Kubernetes resource of Sloth, `PrometheusServiceLevel`. */
export function readSlothResource(root: Place, windows: AlertWindows): readonly DialectSlo[] {
  const losses = createLossList();
  const fields = readLenientFields(
    root,
    ["apiVersion", "kind", "metadata", "spec", "status"],
    "Sloth",
    losses,
  );
  if (fields === undefined) return [];
  const metadata = fields.get("metadata");
  const meta = metadata && readMapping(metadata);
  for (const name of meta?.names ?? []) {
    if (name === "annotations" || meta!.get(name) === undefined) continue;
    losses.add(meta!.key(name), "says where the resource lives in the cluster");
  }
  const annotations = readTexts(meta?.get("annotations"));
  const spec = requireField(fields, "spec", "write spec: {service: …, slos: […]}");
  return spec === undefined
    ? []
    : readService(spec, [], { spelling: RESOURCE_SPELLING, windows, annotations, losses });
}

function readService(
  place: Place,
  alsoKnown: readonly string[],
  context: Pick<SlothService, "spelling" | "windows" | "annotations"> & { readonly losses: LossList },
): readonly DialectSlo[] {
  const { spelling, losses } = context;
  const known = [...alsoKnown, "service", "labels", "slos", spelling.plugins];
  const fields = readLenientFields(place, known, "Sloth", losses);
  if (fields === undefined) return [];
  warnPlugins(fields, spelling.plugins, losses);
  const servicePlace = requireField(fields, "service", "write service: my-service");
  const service = servicePlace && readFilledText(servicePlace);
  const labels = readTexts(fields.get("labels"));
  const slos = requireField(fields, "slos", "write slos: and below it one item for each SLO");
  return ((slos && readItems(slos)) ?? []).flatMap((item) => {
    const slo = readSlothSlo(item, { ...context, service, labels, losses: losses.losses });
    return slo === undefined ? [] : [slo];
  });
}

function warnPlugins(fields: Fields, name: string, losses: LossList): void {
  if (fields.get(name) === undefined) return;
  const hint = "leave them out, or write into the SLO what they do";
  losses.warn(fields.key(name), `${name} have no effect: Sloth's plugins are not run`, hint);
}

function readSlothSlo(place: Place, shared: SlothService): DialectSlo | undefined {
  const errorsBefore = place.document.sink.errorCount();
  const losses = createLossList();
  const known = ["name", "objective", "description", "labels", "sli", "alerting", "plugins"];
  const fields = readLenientFields(place, known, "Sloth", losses);
  if (fields === undefined) return undefined;
  warnPlugins(fields, "plugins", losses);
  const namePlace = requireField(fields, "name", "write name: requests-availability");
  const written = namePlace && readFilledText(namePlace);
  const objectivePlace = requireField(fields, "objective", "write objective: 99.9");
  const percent = objectivePlace && readNumber(objectivePlace);
  const target = percent === undefined ? undefined : targetOfPercent(percent, objectivePlace!, "zero");
  const sli = requireField(fields, "sli", "write sli: {events: …}");
  const indicator = sli && readSlothSli(sli, shared.spelling, losses);
  const alerting = readAlerting(fields, shared, losses);
  const named = written !== undefined && shared.service !== undefined;
  return dialectSlo({
    self: place,
    fields,
    // The id that Sloth gives it; service and name together are unique there.
    name: named ? dialectName(`${shared.service}-${written}`, namePlace!) : "",
    namePlace: namePlace ?? place,
    displayName: written ?? "",
    description: readDescription(fields.get("description")),
    service: shared.service,
    labels: { ...shared.labels, ...readTexts(fields.get("labels")) },
    annotations: { ...shared.annotations, ...alerting.annotations },
    alertTiers: alerting.tiers,
    target: target === undefined ? undefined : { target, place: objectivePlace! },
    windowMs: shared.windows.periodMs,
    indicator,
    errorsBefore,
    losses: [...shared.losses, ...losses.losses],
  });
}

interface Alerting {
  readonly annotations: Readonly<Record<string, string>>;
  /** `noroshi.dev/alert-tiers`; undefined for the Workbook's. */
  readonly tiers: string | undefined;
}

function readAlerting(slo: Fields, { spelling, windows }: SlothService, losses: LossList): Alerting {
  const place = slo.get("alerting");
  const { pageAlert, ticketAlert } = spelling;
  const known = ["name", "labels", "annotations", pageAlert, ticketAlert];
  const fields = place && readLenientFields(place, known, "Sloth", losses);
  const page = readAlert(fields?.get(pageAlert), losses);
  const ticket = readAlert(fields?.get(ticketAlert), losses);
  const alerts = !page.disabled || !ticket.disabled;
  const name = fields?.get("name");
  if (alerts && (name === undefined || readFilledText(name) === undefined)) {
    const at = name ?? fields?.key("name") ?? slo.self;
    if (name === undefined) report(at, "error", "alerting.name is missing", "write name: HighErrorRate");
  }
  if (name !== undefined) losses.add(name, "alerts are called after their SLO and their tier");
  const labels = fields?.get("labels");
  if (labels !== undefined) losses.add(fields!.key("labels"), "alerts have the labels of their SLO");
  if (alerts && (labels ?? page.labels ?? ticket.labels) !== undefined) {
    const hint = `give the SLO the labels, and let severity route: page goes to PagerDuty, ticket to Slack`;
    report(fields!.self, "warning", "labels of alerts do not choose the receiver", hint);
  }
  return {
    annotations: readTexts(fields?.get("annotations")),
    tiers: tiersOf(windows, { critical: !page.disabled, warning: !ticket.disabled }),
  };
}

interface Alert {
  readonly disabled: boolean;
  readonly labels: Place | undefined;
}

function readAlert(place: Place | undefined, losses: LossList): Alert {
  const fields = place && readLenientFields(place, ["disable", "labels", "annotations"], "Sloth", losses);
  const disable = fields?.get("disable");
  const labels = fields?.get("labels");
  readTexts(labels);
  readTexts(fields?.get("annotations"));
  for (const name of ["labels", "annotations"]) {
    if (fields?.get(name) !== undefined)
      losses.add(fields.key(name), `page and ticket alerts have the ${name} of their SLO`);
  }
  return { disabled: disable !== undefined && readBoolean(disable) === true, labels };
}

/** A disabled alert leaves out its tiers. */
function tiersOf(
  { tiers }: AlertWindows,
  enabled: Readonly<Record<"critical" | "warning", boolean>>,
): string | undefined {
  if (tiers !== undefined) return printAlertTiers(tiers.filter(({ severity }) => enabled[severity]));
  if (enabled.critical && enabled.warning) return undefined;
  const names = WORKBOOK_TIERS.filter(({ severity }) => enabled[severity]).map(({ name }) => name);
  return names.length === 0 ? NO_ALERT_TIERS : names.join(", ");
}
