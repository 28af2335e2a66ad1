import type { Random } from "../random.ts";

/** Something that goes wrong in part of the company's requests. */
export interface Fault {
  readonly service: string;
  /** `POST /v1/things/{thingId}`; every endpoint when left out. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly version?: string;
  /** Share of the matching requests, 0..1. */
  readonly share: number;
  readonly effect: FaultEffect;
}

export type FaultEffect =
  | { readonly kind: "fail"; readonly status: number; readonly errorType: string; readonly message: string }
  /** The request succeeds, `addMs` milliseconds later. */
  | { readonly kind: "slow"; readonly addMs: number };

/** Where a request has arrived. */
export interface FaultSite {
  readonly service: string;
  readonly endpoint: string;
  readonly region: string;
  readonly version: string;
}

/** The effect that befalls one request, if any. */
export function befalls(faults: readonly Fault[], site: FaultSite, random: Random): FaultEffect | undefined {
  const fault = faults.find(
    (fault) =>
      fault.service === site.service &&
      (fault.endpoint ?? site.endpoint) === site.endpoint &&
      (fault.region ?? site.region) === site.region &&
      (fault.version ?? site.version) === site.version,
  );
  return fault !== undefined && random() < fault.share ? fault.effect : undefined;
}
