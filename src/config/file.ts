import { z } from "zod";
import { count, duration, durationOrOff, flag, oneOf, section, size } from "./fields.ts";
import { emailSection } from "./email.ts";
import { receiversSection } from "./receivers.ts";
import { routesSection, timeIntervalsSection } from "./routes.ts";
import { scrapeSection } from "./scrape.ts";
import { inhibitSection, tellingSection } from "./telling.ts";
import { HOUR_MS } from "../model/time.ts";

/** How long data is kept; less than an hour would end the shortest default alert. */
const kept = duration.refine((ms) => ms >= HOUR_MS, "less than an hour; write for instance 12h or 7d");

const retention = section({
  spans: kept.prefault("7d"),
  sliCounts: kept.prefault("400d"),
  /** Samples of metrics; also how far back they are accepted. */
  samples: kept.prefault("35d"),
  /** Resolved episodes, and what was sent about them. */
  episodes: kept.prefault("400d"),
  /** On disk in the embedded store; beyond it the oldest days of spans go before their time. */
  maxSpanSize: size.optional(),
});

const ingest = section({
  maxBody: size.prefault("64MiB"),
  maxInFlight: size.prefault("256MiB"),
  /** Series seen in the last hours; a new one beyond that is refused, the others go on. */
  maxSeries: count.default(2_000_000),
  maxSeriesPerMetric: count.default(200_000),
  maxLabelsPerSeries: count.default(64),
  /** In bytes. */
  maxLabelNameLength: count.default(512),
  maxLabelValueLength: count.default(4_096),
  /** Labels otel_scope_name … on metrics of OpenTelemetry; off as in Prometheus. */
  promoteScopeMetadata: flag.default(false),
});

const queries = section({
  maxMemory: size.prefault("2GiB"),
  maxTime: duration.prefault("30s"),
  /** What one PromQL query may read, and give. */
  maxSeries: count.default(100_000),
  maxSamples: count.default(50_000_000),
  maxPoints: count.default(10_000_000),
});

const atLeast = (ms: number, example: string) =>
  duration.refine((given) => given >= ms, `too short; write for instance ${example}`);

const specs = section({
  /** How often git repositories are asked for news; a webhook makes it faster. */
  pollInterval: atLeast(1_000, "1m").prefault("1m"),
  /** For asking a repository and fetching what is new. */
  timeout: atLeast(1_000, "1m").prefault("1m"),
});

const log = section({
  level: oneOf(["debug", "info", "warn", "error", "silent"]).default("info"),
  format: oneOf(["auto", "pretty", "json"]).default("auto"),
});

const self = section({
  /** Tell people of problems of Noroshi itself. */
  alerts: flag.default(true),
  /** Steady traffic that stops for so long is a problem. */
  ingestSilence: durationOrOff.prefault("10m"),
});

const slack = section({
  /** Show how the budget burns in the thread of a message; the bot needs the scope files:write. */
  picture: flag.default(false),
});

const heartbeat = section({
  /** Pinged while alerts can be relied on. It may hold a token; NOROSHI_HEARTBEAT_URL comes first. */
  url: z
    .url({
      protocol: /^https?$/,
      error: "not a web address; write for instance https://hc.example/ping/<token>",
    })
    .optional(),
  interval: duration.refine((ms) => ms >= 5_000, "less than 5 s; write for instance 1m").prefault("1m"),
  method: oneOf(["GET", "POST"]).default("GET"),
});

const stop = section({
  /** How long /readyz says no before connections are refused, so that load balancers go elsewhere first. */
  readinessDelay: duration.prefault("1s"),
});

/** noroshi.yaml: everything that is not a secret, every field optional. */
export const configFileSchema = section(
  {
    /** The address people's links point at; the listen address unless given. */
    publicUrl: z
      .url({ protocol: /^https?$/, error: "not a web address; write for instance https://noroshi.example" })
      .optional(),
    retention: retention.prefault({}),
    ingest: ingest.prefault({}),
    queries: queries.prefault({}),
    /** Targets whose metrics are fetched. */
    scrape: scrapeSection.prefault({}),
    /** Who can be told, beside those that the environment sets up. */
    receivers: receiversSection,
    /** How e-mails leave. */
    email: emailSection,
    /** Who is told of what; where none matches, the severity decides. */
    routes: routesSection,
    timeIntervals: timeIntervalsSection,
    telling: tellingSection.prefault({}),
    /** Alerts that mute others. */
    inhibit: inhibitSection,
    /** Repositories that specs come from. */
    specs: specs.prefault({}),
    log: log.prefault({}),
    self: self.prefault({}),
    slack: slack.prefault({}),
    heartbeat: heartbeat.prefault({}),
    stop: stop.prefault({}),
  },
  { scrape_configs: "scrape", global: "scrape", inhibit_rules: "inhibit" },
);

export type ConfigFile = z.output<typeof configFileSchema>;
