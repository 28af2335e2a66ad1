import type { EpisodeBody } from "../../api/episode-schema.ts";
import type { SloBody } from "../../api/slo-schema.ts";

/** What the service's API tells about its SLOs and alerts at one time. */
export interface ServiceView {
  readonly slos: readonly SloBody[];
  /** Newest first. */
  readonly episodes: readonly EpisodeBody[];
}

const TIMEOUT_MS = 5_000;

/** Asks the service's own API; throws when it does not answer. */
export async function readServiceView(url: string): Promise<ServiceView> {
  const [slos, episodes] = await Promise.all([
    read<{ slos: SloBody[] }>(`${url}/api/v1/slos`),
    read<{ episodes: EpisodeBody[] }>(`${url}/api/v1/episodes`),
  ]);
  return { slos: slos.slos, episodes: episodes.episodes };
}

async function read<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Burn over one hour, the figure that people look at first; null without events. */
export function hourlyBurn(slo: SloBody): number | null {
  return slo.burns.find(({ windowMs }) => windowMs === 3_600_000)?.burnRate ?? null;
}
