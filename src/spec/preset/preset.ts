/** Where a preset takes its events from. */
export const PRESET_SOURCES = ["traces", "metrics"] as const;
export type PresetSource = (typeof PRESET_SOURCES)[number];

export const PRESET_NAMES = [
  "http-availability",
  "http-latency",
  "grpc-availability",
  "consumer-lag",
  "freshness",
] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** Which requests of a service count. */
interface Requests {
  /** `service.name`, as the SLO's spec.service says. */
  readonly service: string;
  readonly source: PresetSource;
  /** Methods, any of them; all where it is empty. */
  readonly methods: readonly string[];
  /** Of source metrics: the histogram or counter; the family's first where it is left out. */
  readonly metric: string | undefined;
  /** Of source metrics; see jobMatcher. */
  readonly job: string | undefined;
}

interface HttpRequests extends Requests {
  /** `http.route`, any of them; all where it is empty. */
  readonly routes: readonly string[];
}

/** A gauge that somebody sends for the service. */
interface Gauge {
  readonly service: string;
  readonly metric: string;
  /** See jobMatcher. */
  readonly job: string | undefined;
}

/** What an SLO without queries asks for; expandPreset makes the queries of it. */
export type Preset =
  | ({ readonly name: "http-availability" } & HttpRequests)
  | ({ readonly name: "http-latency"; readonly thresholdMs: number } & HttpRequests)
  | ({ readonly name: "grpc-availability" } & Requests)
  | ({
      readonly name: "consumer-lag";
      /** Messages that a partition may be behind. */
      readonly most: number;
      readonly topics: readonly string[];
      readonly groups: readonly string[];
    } & Gauge)
  | ({ readonly name: "freshness"; readonly maxAgeMs: number } & Gauge);
