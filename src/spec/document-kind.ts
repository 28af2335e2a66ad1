import { isMap, type YAMLMap } from "yaml";
import { nearestName, suggestName } from "../model/nearest-name.ts";
import type { Place } from "./place.ts";
import { peekText } from "./yaml-documents.ts";

const OPENSLO_VERSION = "openslo/v1";
/** As its draft has it, and as one writes it who knows v1. */
const V2ALPHA = ["openslo.com/v2alpha", "openslo/v2alpha"];
const OPENSLO_KINDS = [
  "Service",
  "SLO",
  "SLI",
  "DataSource",
  "AlertPolicy",
  "AlertCondition",
  "AlertNotificationTarget",
] as const;
/** What OpenSLO has no word for. */
const OUR_VERSION = "noroshi.dev/v1";
const OUR_KINDS = ["Correction"] as const;
export type OpenSloKind = (typeof OPENSLO_KINDS)[number] | (typeof OUR_KINDS)[number];

/** What of other dialects loads into the same model. */
export type Dialect = "sloth-file" | "sloth-resource" | "alert-windows" | "pyrra";

/** What a document is. */
export type DocumentKind =
  | { readonly type: "openslo"; readonly kind: OpenSloKind }
  /** OpenSLO v1alpha, which can be read as v1. */
  | { readonly type: "v1alpha"; readonly kind: "Service" | "SLO" }
  /** OpenSLO v2alpha, which can be read as v1 too. */
  | { readonly type: "v2alpha"; readonly kind: OpenSloKind }
  | { readonly type: "dialect"; readonly dialect: Dialect }
  /** Meant for us, and not loadable. */
  | { readonly type: "refused"; readonly field: string; readonly message: string; readonly hint: string }
  /** Somebody else's; `what` says whose, for the note. */
  | { readonly type: "foreign"; readonly what: string };

const SLOTH_VERSION = "prometheus/v1";
const SLOTH_RESOURCES: Readonly<Record<string, Dialect>> = {
  PrometheusServiceLevel: "sloth-resource",
  AlertWindows: "alert-windows",
};
const PYRRA_RESOURCES: Readonly<Record<string, Dialect>> = { ServiceLevelObjective: "pyrra" };
const VERSION_HINT = `write apiVersion: ${OPENSLO_VERSION}; see docs/slo-specs.md`;

/** Tells OpenSLO v1 from its other versions, from other SLO dialects, and from what is none of our business. */
export function documentKind(place: Place): DocumentKind {
  if (!isMap(place.node)) return { type: "foreign", what: "not a mapping" };
  const apiVersion = peekText(place.node, "apiVersion");
  const kind = peekText(place.node, "kind");
  if (apiVersion === OPENSLO_VERSION) return openSloKind(kind);
  if (apiVersion?.startsWith("noroshi.dev/") === true) return ourKind(apiVersion, kind);
  if (apiVersion === "openslo/v1alpha" && (kind === "Service" || kind === "SLO"))
    return { type: "v1alpha", kind };
  if (V2ALPHA.includes(apiVersion ?? "")) {
    const found = openSloKind(kind);
    return found.type === "openslo" ? { type: "v2alpha", kind: found.kind } : found;
  }
  return (
    otherDialect(place.node, apiVersion, kind) ??
    misspeltVersion(place.node, apiVersion, kind) ?? {
      type: "foreign",
      what:
        [apiVersion, kind].filter((part) => part !== undefined).join(" ") || "without apiVersion and kind",
    }
  );
}

function openSloKind(kind: string | undefined): DocumentKind {
  const known = OPENSLO_KINDS.find((candidate) => candidate === kind);
  if (known !== undefined) return { type: "openslo", kind: known };
  const kinds = OPENSLO_KINDS.join(", ");
  if (kind === undefined) return refuse("kind", "kind is missing", `write one of ${kinds}`);
  const near = nearestName(kind, OPENSLO_KINDS);
  const hint = near === undefined ? `write one of ${kinds}` : `did you mean ${near}?`;
  return refuse("kind", `"${kind}" is not a kind of OpenSLO`, hint);
}

function ourKind(apiVersion: string, kind: string | undefined): DocumentKind {
  if (apiVersion !== OUR_VERSION)
    return refuse(
      "apiVersion",
      `"${apiVersion}" is not a version of Noroshi's documents`,
      `write ${OUR_VERSION}`,
    );
  const known = OUR_KINDS.find((candidate) => candidate === kind);
  if (known !== undefined) return { type: "openslo", kind: known };
  const kinds = OUR_KINDS.join(", ");
  if (OPENSLO_KINDS.some((name) => name === kind))
    return refuse("apiVersion", `${kind} is a kind of OpenSLO`, `write apiVersion: ${OPENSLO_VERSION}`);
  return refuse("kind", `"${kind ?? ""}" is not a kind of Noroshi's documents`, `write kind: ${kinds}`);
}

function otherDialect(
  map: YAMLMap,
  apiVersion: string | undefined,
  kind: string | undefined,
): DocumentKind | undefined {
  const version = peekText(map, "version");
  if (version === SLOTH_VERSION) return { type: "dialect", dialect: "sloth-file" };
  if (version?.startsWith("prometheus/") === true && map.has("slos")) {
    return refuse(
      "version",
      `"${version}" is not a version of Sloth's files`,
      `write version: ${SLOTH_VERSION}`,
    );
  }
  if (apiVersion?.startsWith("sloth.slok.dev/") === true)
    return resource("Sloth", "sloth.slok.dev/v1", SLOTH_RESOURCES, apiVersion, kind);
  if (apiVersion?.startsWith("pyrra.dev/") === true)
    return resource("Pyrra", "pyrra.dev/v1alpha1", PYRRA_RESOURCES, apiVersion, kind);
  if (apiVersion !== undefined && /^openslo(\.com)?\/v\d+\w*$/.test(apiVersion)) {
    return refuse("apiVersion", `OpenSLO version "${apiVersion}" is not supported yet`, VERSION_HINT);
  }
  return undefined;
}

/** A Kubernetes resource of another SLO tool. */
function resource(
  tool: string,
  version: string,
  resources: Readonly<Record<string, Dialect>>,
  apiVersion: string,
  kind: string | undefined,
): DocumentKind {
  if (apiVersion !== version)
    return refuse("apiVersion", `"${apiVersion}" is not a version of ${tool} that loads`, `write ${version}`);
  const dialect = kind !== undefined && Object.hasOwn(resources, kind) ? resources[kind] : undefined;
  if (dialect !== undefined) return { type: "dialect", dialect };
  const kinds = Object.keys(resources);
  return refuse("kind", `"${kind ?? ""}" is not a kind of ${tool}`, suggestName(kind ?? "", kinds));
}

/** No version, or one that is nearly ours, on what can only be OpenSLO. */
function misspeltVersion(
  map: YAMLMap,
  apiVersion: string | undefined,
  kind: string | undefined,
): DocumentKind | undefined {
  if (apiVersion !== undefined) {
    const near = /openslo/i.test(apiVersion) || nearestName(apiVersion, [OPENSLO_VERSION]) !== undefined;
    return near
      ? refuse("apiVersion", `"${apiVersion}" is not a version of OpenSLO`, VERSION_HINT)
      : undefined;
  }
  const ours = kind !== undefined && OPENSLO_KINDS.some((name) => name.toLowerCase() === kind.toLowerCase());
  if ((ours && map.has("metadata")) || map.hasIn(["spec", "budgetingMethod"])) {
    return refuse("apiVersion", "apiVersion is missing", VERSION_HINT);
  }
  return undefined;
}

function refuse(field: string, message: string, hint: string): DocumentKind {
  return { type: "refused", field, message, hint };
}
