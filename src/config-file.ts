import { z } from "zod";
import { suggestName } from "./model/nearest-name.ts";

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const inText = (example: string) => ({
  error: (issue: { readonly input?: unknown }) =>
    `${JSON.stringify(issue.input)} needs a unit; write for instance ${example}`,
});

/** A length of time as people write it: `250ms`, `30s`, `5m`, `12h`, `7d`, `4w`; milliseconds inside. */
const duration = z.string(inText("30s, 12h or 7d")).transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  if (match === null) {
    context.addIssue({
      code: "custom",
      message: `"${text}" is not a duration; write for instance 30s, 12h or 7d`,
    });
    return z.NEVER;
  }
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
});

/** How long data is kept; less than an hour would end the shortest default alert. */
const kept = duration.refine((ms) => ms >= UNIT_MS.h, "less than an hour; write for instance 12h or 7d");

const UNIT_BYTES = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** A size: `64MiB`, `2GiB`; bytes inside, above zero. */
const size = z.string(inText("64MiB or 2GiB")).transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)\s?(B|KiB|MiB|GiB)$/.exec(text.trim());
  const bytes = Math.round(Number(match?.[1]) * UNIT_BYTES[(match?.[2] ?? "B") as keyof typeof UNIT_BYTES]);
  if (!(bytes > 0)) {
    context.addIssue({
      code: "custom",
      message: `"${text}" is not a size; write for instance 64MiB or 2GiB`,
    });
    return z.NEVER;
  }
  return bytes;
});

/** A whole number above zero. */
const count = z
  .int({ error: (issue) => `${JSON.stringify(issue.input)} is not a whole number` })
  .positive({ error: "must be above 0" });

/** A mapping with these fields alone; names what was probably meant by another. */
function section<S extends z.core.$ZodLooseShape>(shape: S) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => `unknown field "${key}": ${suggestName(key, known)}`).join("; ")
        : `write its fields below it, indented: ${known.join(", ")}`,
  });
}

function oneOf<const T extends readonly string[]>(words: T) {
  return z.enum(words, {
    error: (issue) => `${JSON.stringify(issue.input)} is not one of ${words.join(", ")}`,
  });
}

const retention = section({
  spans: kept.prefault("7d"),
  sliCounts: kept.prefault("400d"),
  /** Samples of metrics; also how far back they are accepted. */
  samples: kept.prefault("35d"),
  /** Resolved episodes, and what was sent about them. */
  episodes: kept.prefault("400d"),
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
});

const queries = section({
  maxMemory: size.prefault("2GiB"),
  maxTime: duration.prefault("30s"),
  /** What one PromQL query may read, and give. */
  maxSeries: count.default(100_000),
  maxSamples: count.default(50_000_000),
  maxPoints: count.default(10_000_000),
});

const log = section({
  level: oneOf(["debug", "info", "warn", "error", "silent"]).default("info"),
  format: oneOf(["auto", "pretty", "json"]).default("auto"),
});

const stop = section({
  /** How long /readyz says no before connections are refused, so that load balancers go elsewhere first. */
  readinessDelay: duration.prefault("1s"),
});

/** noroshi.yaml: everything that is not a secret, every field optional. */
export const configFileSchema = section({
  /** The address people's links point at; the listen address unless given. */
  publicUrl: z
    .url({ protocol: /^https?$/, error: "not a web address; write for instance https://noroshi.example" })
    .optional(),
  retention: retention.prefault({}),
  ingest: ingest.prefault({}),
  queries: queries.prefault({}),
  log: log.prefault({}),
  stop: stop.prefault({}),
});

export type ConfigFile = z.output<typeof configFileSchema>;
