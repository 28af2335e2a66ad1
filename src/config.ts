import { existsSync } from "node:fs";
import { parseListen, isLoopback } from "./listen-address.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { ConfigFile } from "./config/file.ts";
import { readConfigFile } from "./config/read-file.ts";
import { checkRoutes } from "./config/routes.ts";
import type { Receiver } from "./alert/receiver.ts";
import { checkEmail, resolveEmail } from "./config/email.ts";
import type { EmailSettings } from "./notify/email/email-settings.ts";
import { ENVIRONMENT_RECEIVERS, resolveReceivers } from "./config/receivers.ts";
import { configWarnings } from "./config/warnings.ts";
import { gitWarnings, readSpecList } from "./config/git.ts";
import type { GitAddress } from "./spec/git/git-address.ts";
import { parseApiKeys } from "./api/api-keys.ts";
import type { ApiKey } from "./api/api-keys.ts";

const ROLES = ["ingest", "evaluate", "notify", "api"] as const;
export type Role = (typeof ROLES)[number];

/** Everything the service can be told. Secrets come from the environment alone, the rest from either. */
export interface Config {
  readonly listen: ListenAddress;
  /** undefined: `off`. */
  readonly otlpHttpListen: ListenAddress | undefined;
  /** undefined: `off`. */
  readonly otlpGrpcListen: ListenAddress | undefined;
  readonly dataDir: string;
  /** Folders and files with specs. */
  readonly specs: readonly string[];
  /** Branches of git repositories with specs; they hold credentials. */
  readonly gitSpecs: readonly GitAddress[];
  readonly gitWebhookSecret: string | undefined;
  readonly apiKeys: readonly ApiKey[];
  readonly roles: ReadonlySet<Role>;
  readonly clickhouseUrl: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly pagerduty: {
    readonly routingKey: string | undefined;
    readonly eventsServer: string | undefined;
    /** Of its webhook subscriptions; empty: its webhooks are refused. */
    readonly webhookSecrets: readonly string[];
  };
  readonly slack: {
    readonly botToken: string | undefined;
    readonly channel: string | undefined;
    readonly apiUrl: string | undefined;
    /** Signs what its buttons send. */
    readonly signingSecret: string | undefined;
    /** For Socket Mode. */
    readonly appToken: string | undefined;
  };
  /** Of noroshi.yaml, with their secrets: never log or show them. */
  readonly receivers: readonly Receiver[];
  /** Holds a password: never log or show it. */
  readonly email: EmailSettings | undefined;
  /** Holds a token mostly: never log or show it. */
  readonly heartbeatUrl: string | undefined;
  readonly file: ConfigFile;
  /** What is probably not meant so, for the log at start. */
  readonly warnings: readonly string[];
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The only reader of the environment and of noroshi.yaml. Every problem is named with its variable or field and what to
 * write instead; values of secrets are never repeated.
 */
export function loadConfig(env: Environment): ConfigResult {
  const problems: string[] = [];
  const file = readConfigFile(env["NOROSHI_CONFIG"], problems);
  const address = (name: string, fallback: string): ListenAddress | undefined => {
    const parsed = parseListen(env[name] || fallback);
    if (!parsed.ok) problems.push(`${name}: ${parsed.problem}`);
    return parsed.ok ? parsed.address : undefined;
  };
  const listen = address("NOROSHI_LISTEN", "127.0.0.1:7070");
  const addressOrOff = (name: string, fallback: string): ListenAddress | undefined =>
    env[name] === "off" ? undefined : address(name, fallback);
  const otlpHttpListen = addressOrOff("NOROSHI_OTLP_HTTP_LISTEN", "127.0.0.1:4318");
  const otlpGrpcListen = addressOrOff("NOROSHI_OTLP_GRPC_LISTEN", "127.0.0.1:4317");
  const keys = parseApiKeys(env["NOROSHI_API_KEYS"] ?? "");
  if (!keys.ok) problems.push(...keys.problems.map((problem) => `NOROSHI_API_KEYS: ${problem}`));
  const specs = readSpecList(
    list(env["NOROSHI_SPECS"] || "./slo-specs"),
    env["NOROSHI_GIT_TOKEN"] || undefined,
    problems,
  );
  const gitWebhookSecret = env["NOROSHI_GIT_WEBHOOK_SECRET"] || undefined;
  const config: Config = {
    listen: listen ?? { host: "127.0.0.1", port: 7070 },
    otlpHttpListen,
    otlpGrpcListen,
    dataDir: env["NOROSHI_DATA_DIR"] || "./.noroshi",
    specs: specs.folders,
    gitSpecs: specs.git,
    gitWebhookSecret,
    apiKeys: keys.ok ? keys.keys : [],
    roles: readRoles(env["NOROSHI_ROLE"] || "all", problems),
    clickhouseUrl: readUrl(env, "CLICKHOUSE_URL", ["http:", "https:"], problems),
    databaseUrl: readUrl(env, "DATABASE_URL", ["postgres:", "postgresql:"], problems),
    pagerduty: {
      routingKey: env["PAGERDUTY_ROUTING_KEY"] || undefined,
      eventsServer: env["PAGERDUTY_EVENTS_SERVER"] || undefined,
      webhookSecrets: list(env["PAGERDUTY_WEBHOOK_SECRET"] ?? ""),
    },
    slack: {
      botToken: env["SLACK_BOT_TOKEN"] || undefined,
      channel: env["SLACK_CHANNEL"] || undefined,
      apiUrl: readUrl(env, "SLACK_API_URL", ["http:", "https:"], problems),
      signingSecret: env["SLACK_SIGNING_SECRET"] || undefined,
      appToken: env["SLACK_APP_TOKEN"] || undefined,
    },
    heartbeatUrl: readUrl(env, "NOROSHI_HEARTBEAT_URL", ["http:", "https:"], problems) ?? file.heartbeat.url,
    receivers: resolveReceivers(file.receivers, env, problems),
    email: resolveEmail(file.email, env, problems),
    file,
    warnings: [...configWarnings(env, keys.ok ? keys.keys : []), ...gitWarnings(specs.git, gitWebhookSecret)],
  };
  checkTogether(config, env, problems);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config };
}

function checkTogether(config: Config, env: Environment, problems: string[]): void {
  checkRoutes(config.file, [...config.receivers.map(({ name }) => name), ...ENVIRONMENT_RECEIVERS], problems);
  checkEmail(config.receivers, config.email, problems);
  for (const { name, type } of config.receivers) {
    if (ENVIRONMENT_RECEIVERS.includes(name))
      problems.push(
        `receivers "${name}": the environment sets up a receiver of this name; call it otherwise`,
      );
    if (type === "slack" && config.slack.botToken === undefined)
      problems.push(`receivers "${name}": SLACK_BOT_TOKEN is not set (it starts with xoxb-)`);
  }
  if (config.apiKeys.length === 0) {
    for (const [name, address] of [
      ["NOROSHI_LISTEN", config.listen],
      ["NOROSHI_OTLP_HTTP_LISTEN", config.otlpHttpListen],
      ["NOROSHI_OTLP_GRPC_LISTEN", config.otlpGrpcListen],
    ] as const) {
      if (address === undefined || isLoopback(address.host)) continue;
      problems.push(
        `${name}=${address.host}:${address.port} can be reached from other machines, and no API keys are set. ` +
          `Either listen on 127.0.0.1, or set NOROSHI_API_KEYS=<name>:ingest+read:<key> (a long random key, for ` +
          `instance from: openssl rand -hex 32).`,
      );
    }
  }
  if (env["CLICKHOUSE_CLUSTER"]) {
    problems.push(
      "CLICKHOUSE_CLUSTER: clusters are not supported yet; leave it unset and point CLICKHOUSE_URL at one server.",
    );
  }
  // Only what was named: without ./slo-specs the service runs, and says that there is nothing to watch yet.
  for (const source of env["NOROSHI_SPECS"] ? config.specs : []) {
    if (!existsSync(source)) {
      problems.push(`NOROSHI_SPECS: ${source} does not exist; name folders with OpenSLO files.`);
    }
  }
  const embedded = config.clickhouseUrl === undefined || config.databaseUrl === undefined;
  if (embedded && config.roles.size > 0 && config.roles.size < ROLES.length) {
    problems.push(
      "NOROSHI_ROLE: roles in several processes share their stores, and an embedded store belongs to one process. " +
        "Set CLICKHOUSE_URL and DATABASE_URL, or leave NOROSHI_ROLE at all.",
    );
  }
  const { botToken, channel } = config.slack;
  const hasChannels = config.receivers.some(({ type }) => type === "slack");
  if (botToken !== undefined && channel === undefined && !hasChannels) {
    problems.push(
      "SLACK_CHANNEL: SLACK_BOT_TOKEN is set but no channel; give a channel id or name, as C0123456789.",
    );
  }
  if (botToken === undefined && channel !== undefined) {
    problems.push("SLACK_BOT_TOKEN: SLACK_CHANNEL is set but no bot token (it starts with xoxb-).");
  }
  const { appToken } = config.slack;
  if (appToken !== undefined && (botToken === undefined || !appToken.startsWith("xapp-"))) {
    problems.push("SLACK_APP_TOKEN: Socket Mode needs an app-level token (xapp-), and SLACK_BOT_TOKEN.");
  }
  if (config.pagerduty.eventsServer?.includes("/")) {
    problems.push("PAGERDUTY_EVENTS_SERVER: write host or host:port, without https:// or a path.");
  }
}

function readRoles(text: string, problems: string[]): ReadonlySet<Role> {
  const names = list(text.replaceAll(/\s+/g, ","));
  if (names.includes("all")) return new Set(ROLES);
  const unknown = names.filter((name) => !(ROLES as readonly string[]).includes(name));
  if (unknown.length > 0)
    problems.push(
      `NOROSHI_ROLE: unknown ${unknown.join(", ")}; write all, or a list of ${ROLES.join(", ")}.`,
    );
  return new Set(names.filter((name): name is Role => (ROLES as readonly string[]).includes(name)));
}

function readUrl(
  env: Environment,
  name: string,
  protocols: readonly string[],
  problems: string[],
): string | undefined {
  const text = env[name];
  if (!text) return undefined;
  if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text;
  problems.push(
    `${name}: not a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  );
  return undefined;
}

const list = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
