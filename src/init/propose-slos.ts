import { HistoryError } from "../backtest/history.ts";
import { nearbyName } from "../spec/metadata.ts";
import type { AskPromql } from "./ask-promql.ts";
import { gaugeProposals } from "./gauge-proposals.ts";
import { measureMetrics } from "./measure-metrics.ts";
import { plainProposals } from "./plain-proposals.ts";
import type { PassedOver, Proposals } from "./proposal.ts";
import { requestProposals, type MeasuredRequests } from "./request-proposals.ts";
import type { Telemetry } from "./telemetry.ts";

/** What names of SLOs begin with: room is left for what they end with. */
const STEM_CHARACTERS = 45;
const ROUTES_SHOWN = 5;

export interface ProposeOptions {
  /** Undefined: spans where there are some, else metrics. */
  readonly source: "traces" | "metrics" | undefined;
  /** As PromQL has it, e.g. `7d`. */
  readonly since: string;
}

/** The SLOs that fit what a service sends, with targets that it would have met; and what nothing comes of, with the reason. */
export async function proposeSlos(
  service: string,
  telemetry: Telemetry,
  ask: AskPromql,
  options: ProposeOptions,
): Promise<Proposals & { readonly measured: readonly MeasuredRequests[] }> {
  const stem = stemOf(service);
  const names = new Set(telemetry.metrics.map(({ name }) => name));
  const failures: PassedOver[] = [];
  const measured: MeasuredRequests[] = [];
  for (const protocol of ["http", "grpc"] as const) {
    const found = await measure(protocol, failures);
    if (found !== undefined) measured.push(found);
  }
  const parts: Proposals[] = measured.map((found) => requestProposals(stem, service, found));
  if (options.source !== "metrics") {
    const kinds = measured.length === 0 ? (["server", "consumer"] as const) : (["consumer"] as const);
    parts.push(plainProposals(stem, service, telemetry.spans, kinds));
  }
  const gauges = await attempt("metrics", failures, () =>
    gaugeProposals(stem, service, names, ask, options.since),
  );
  if (gauges !== undefined) parts.push(gauges);
  return {
    measured,
    proposals: parts.flatMap(({ proposals }) => proposals),
    passedOver: [
      ...parts.flatMap(({ passedOver }) => passedOver),
      ...failures,
      ...unknownHistograms(telemetry),
    ],
  };

  async function measure(
    protocol: "http" | "grpc",
    into: PassedOver[],
  ): Promise<MeasuredRequests | undefined> {
    const fromSpans = telemetry[protocol];
    if (options.source !== "metrics" && fromSpans !== null) {
      const routes = protocol === "http" ? (telemetry.http?.routes ?? []) : [];
      const shown = routes.map(({ route }) => route).filter((route) => route !== "");
      return { protocol, ...fromSpans, routes: shown.slice(0, ROUTES_SHOWN) };
    }
    if (options.source === "traces") return undefined;
    return attempt("metrics", into, () => measureMetrics(service, protocol, names, ask, options.since));
  }
}

/** What the server refuses to compute takes nothing else down. */
async function attempt<T>(what: string, into: PassedOver[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    if (!into.some(({ why }) => why === error.message)) into.push({ what, why: error.message });
    return undefined;
  }
}

function unknownHistograms({ metrics }: Telemetry): readonly PassedOver[] {
  const native = metrics.filter(
    ({ name, nativeHistogram }) => nativeHistogram && /^(http|rpc)_server_/.test(name),
  );
  return native.map(({ name }) => ({
    what: name,
    why: "presets know classic histograms alone; docs/slo-specs.md has the query for a native one",
  }));
}

/** The service as names may be written. */
export function stemOf(service: string): string {
  const stem = nearbyName(service).slice(0, STEM_CHARACTERS).replace(/-+$/, "");
  return stem === "" ? "service" : stem;
}
