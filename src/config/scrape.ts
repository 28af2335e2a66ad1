import { z } from "zod";
import { count, duration, flag, oneOf, section, size } from "./fields.ts";

/** What people who come from Prometheus write, and what it is called here. */
const OF_PROMETHEUS = {
  scrape_configs: "jobs",
  job_name: "name",
  static_configs: "targets",
  scrape_interval: "interval",
  scrape_timeout: "timeout",
  body_size_limit: "bodyLimit",
  tls_config: "tls",
  bearer_token: "bearerTokenFile",
  authorization: "bearerTokenFile",
  credentials_file: "bearerTokenFile",
  password: "passwordFile",
  insecure_skip_verify: "insecureSkipVerify",
} as const;

const MIN_INTERVAL_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 10_000;

const text = (what: string) => z.string({ error: `write ${what}` }).min(1, `write ${what}`);
const interval = duration.refine((ms) => ms >= MIN_INTERVAL_MS, "less than a second; write for instance 15s");
const timeout = duration.refine((ms) => ms >= 1, "no time at all; write for instance 10s");

const labels = z
  .record(z.string(), z.string({ error: "write the label's value in quotes" }), {
    error: "write labels below it, indented: env: prod",
  })
  .refine((all) => Object.keys(all).every((name) => name !== "" && !name.startsWith("__")), {
    error: "label names are not empty and do not begin with __",
  });
const params = z.record(
  z.string(),
  z.union([z.string(), z.array(z.string())], { error: "write texts in quotes" }),
  {
    error: "write parameters below it, indented: module: http_2xx",
  },
);

const tls = section(
  {
    /** PEM; the authorities that are trusted instead of the system's. */
    caFile: text("a file's path").optional(),
    certFile: text("a file's path").optional(),
    keyFile: text("a file's path").optional(),
    serverName: text("a host's name").optional(),
    insecureSkipVerify: flag.default(false),
  },
  OF_PROMETHEUS,
).refine((files) => (files.certFile === undefined) === (files.keyFile === undefined), {
  error: "certFile and keyFile belong together",
});

const basicAuth = section({ username: text("a name"), passwordFile: text("a file's path") }, OF_PROMETHEUS);

const job = section(
  {
    /** Unique; the label `job` of its series. */
    name: text("the job's name"),
    /** `host:port`, or a URL. */
    targets: z
      .array(z.string({ error: "write host:port or a URL; labels go to the job" }), {
        error: "write a list of targets: [127.0.0.1:9100]",
      })
      .min(1, "write at least one target: [127.0.0.1:9100]"),
    interval: interval.optional(),
    timeout: timeout.optional(),
    labels: labels.default({}),
    scheme: oneOf(["http", "https"]).default("http"),
    metricsPath: z
      .string()
      .startsWith("/", { error: "begins with /; write for instance /metrics" })
      .default("/metrics"),
    params: params.default({}),
    honorLabels: flag.default(false),
    sampleLimit: count.optional(),
    bodyLimit: size.prefault("64MiB"),
    bearerTokenFile: text("a file's path").optional(),
    basicAuth: basicAuth.optional(),
    tls: tls.prefault({}),
  },
  OF_PROMETHEUS,
).refine((fields) => fields.bearerTokenFile === undefined || fields.basicAuth === undefined, {
  error: "bearerTokenFile and basicAuth exclude each other",
});

type JobFields = z.output<typeof job>;

/** `scrape` of noroshi.yaml: what is scraped, with names made whole and the jobs' defaults filled in. */
export const scrapeSection = section(
  {
    interval: interval.prefault("15s"),
    timeout: timeout.optional(),
    jobs: z.array(job, { error: "write a list of jobs: - name: …" }).default([]),
  },
  OF_PROMETHEUS,
).transform((fields, context) => {
  const refuse = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: "custom", path, message });
  const names = new Set<string>();
  const jobs = fields.jobs.map((one, i) => {
    const at = (...path: (string | number)[]): (string | number)[] => ["jobs", i, ...path];
    if (names.has(one.name)) refuse(at("name"), `two jobs are called ${JSON.stringify(one.name)}`);
    names.add(one.name);
    const intervalMs = one.interval ?? fields.interval;
    const timeoutMs = one.timeout ?? fields.timeout ?? Math.min(DEFAULT_TIMEOUT_MS, intervalMs);
    if (timeoutMs > intervalMs) {
      const path = one.timeout === undefined && one.interval === undefined ? ["timeout"] : at("timeout");
      refuse(path, `${timeoutMs / 1_000} s is longer than the interval, ${intervalMs / 1_000} s`);
    }
    const targets = one.targets.map((target, k) => {
      const url = targetUrl(target, one);
      if (!url.ok) refuse(at("targets", k), url.problem);
      return url.ok ? url.url : "";
    });
    return {
      name: one.name,
      targets,
      intervalMs,
      timeoutMs,
      labels: one.labels,
      honorLabels: one.honorLabels,
      sampleLimit: one.sampleLimit,
      bodyLimitBytes: one.bodyLimit,
      bearerTokenFile: one.bearerTokenFile,
      basicAuth: one.basicAuth,
      tls: one.tls,
    };
  });
  return { jobs };
});

type TargetUrl =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly problem: string };

function targetUrl(target: string, { scheme, metricsPath, params }: JobFields): TargetUrl {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(target);
  const whole = hasScheme ? target : `${scheme}://${target}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || url.hostname === "" || !/^https?:$/.test(url.protocol)) {
    // Not repeated: what is wrong with it may be the password in it.
    return { ok: false, problem: "not a target; write host:port or http://host:port/path" };
  }
  if (url.username !== "" || url.password !== "") {
    return {
      ok: false,
      problem: "names and passwords do not belong here; write bearerTokenFile or basicAuth",
    };
  }
  if (url.pathname === "/") url.pathname = metricsPath;
  for (const [name, values] of Object.entries(params)) {
    for (const value of [values].flat()) url.searchParams.append(name, value);
  }
  url.hash = "";
  return { ok: true, url: url.href };
}
