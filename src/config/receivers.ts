import { readFileSync } from "node:fs";
import { z } from "zod";
import { flag, oneOf, section } from "./fields.ts";
import { templateSection } from "./template.ts";
import type { Receiver } from "../alert/receiver.ts";
import { readWebhookAddress } from "../notify/webhook/webhook-address.ts";

const text = (what: string) => z.string({ error: `write ${what}` }).min(1, `write ${what}`);

/** Secrets are not written into the file: a variable of the environment, or a file, holds them. */
export const secretNames = {
  env: text("the name of an environment variable"),
  file: text("a file's path"),
};

const pagerduty = section(
  { routingKeyEnv: secretNames.env.optional(), routingKeyFile: secretNames.file.optional() },
  { routing_key: "routingKeyEnv", routingKey: "routingKeyEnv", service_key: "routingKeyEnv" },
);
const slack = section(
  {
    channel: text("a channel's id or name, as C0123456789"),
    /** Show how the budget burns in the thread; as slack.picture of the file says where it is left out. */
    picture: flag.optional(),
  },
  { api_url: "channel" },
);
const webhook = section(
  {
    url: z.url({ protocol: /^https?$/, error: "not a web address" }).optional(),
    /** For addresses that hold a token themselves. */
    urlEnv: secretNames.env.optional(),
    urlFile: secretNames.file.optional(),
    secretEnv: secretNames.env.optional(),
    secretFile: secretNames.file.optional(),
    format: oneOf(["noroshi", "cloudevents"]).default("noroshi"),
  },
  { secret: "secretEnv" },
);
const email = section({
  to: z
    .array(z.email({ error: (issue) => `${JSON.stringify(issue.input)} is not an e-mail address` }), {
      error: "write a list: [team@example.com]",
    })
    .min(1, "write at least one address: [team@example.com]"),
});

const receiver = section({
  name: z.string({ error: "write the receiver's name" }).regex(/^[A-Za-z0-9][\w.-]{0,62}$/, {
    error: "a name has at most 63 letters, digits, dots, - and _, and begins with a letter or digit",
  }),
  pagerduty: pagerduty.optional(),
  slack: slack.optional(),
  webhook: webhook.optional(),
  email: email.optional(),
  /** Into the service's log, and nowhere else. */
  log: section({}).optional(),
  fallback: text("the name of another receiver").optional(),
  template: templateSection.optional(),
});

/** Receivers that need no noroshi.yaml. */
export const ENVIRONMENT_RECEIVERS: readonly string[] = ["pagerduty", "slack", "log"];
const KINDS = ["pagerduty", "slack", "webhook", "email", "log"] as const;

/** `receivers` of noroshi.yaml. */
export const receiversSection = z
  .array(receiver, { error: "write a list of receivers: - name: …" })
  .default([])
  .superRefine((all, context) => {
    const names = new Set<string>();
    for (const [i, one] of all.entries()) {
      const refuse = (field: string, message: string): void =>
        context.addIssue({ code: "custom", path: [i, field], message });
      if (names.has(one.name)) refuse("name", `two receivers are called "${one.name}"`);
      names.add(one.name);
      const kinds = KINDS.filter((kind) => one[kind] !== undefined);
      if (kinds.length !== 1) refuse("name", `a receiver is exactly one of ${KINDS.join(", ")}`);
    }
    for (const [i, { name, fallback }] of all.entries()) {
      const isKnown = names.has(fallback ?? "") || ENVIRONMENT_RECEIVERS.includes(fallback ?? "");
      if (fallback === undefined || (isKnown && fallback !== name)) continue;
      const message =
        fallback === name ? "a receiver cannot stand in for itself" : `no receiver is called "${fallback}"`;
      context.addIssue({ code: "custom", path: [i, "fallback"], message });
    }
  });

type ReceiverFields = z.output<typeof receiversSection>[number];
type Environment = Readonly<Record<string, string | undefined>>;

/** Fills in the secrets. Problems name the variable or file, never what it holds. */
export function resolveReceivers(
  all: readonly ReceiverFields[],
  env: Environment,
  problems: string[],
): readonly Receiver[] {
  return all.flatMap((fields) => {
    const where = `receivers "${fields.name}"`;
    const secret = createSecretReader(env, where, problems);
    const own = kindOf(fields, secret);
    if (own?.type === "webhook" && readWebhookAddress(own.url) === undefined)
      problems.push(`${where}: its url is no web address; it begins with https:// or http://`);
    const { name, fallback, template } = fields;
    return own === undefined ? [] : [{ name, fallback, template, ...own }];
  });
}

type ReadSecret = (
  field: string,
  names: { readonly env: string | undefined; readonly file: string | undefined },
  isRequired: boolean,
) => string | undefined;

type WithoutNames<T> = T extends unknown ? Omit<T, "name" | "fallback" | "template"> : never;

function kindOf(fields: ReceiverFields, secret: ReadSecret): WithoutNames<Receiver> | undefined {
  if (fields.pagerduty !== undefined) {
    const { routingKeyEnv: env, routingKeyFile: file } = fields.pagerduty;
    const routingKey = secret("routingKey", { env, file }, true);
    return routingKey === undefined ? undefined : { type: "pagerduty", routingKey };
  }
  if (fields.slack !== undefined) {
    const { channel, picture } = fields.slack;
    return { type: "slack", channel, ...(picture === undefined ? {} : { picture }) };
  }
  if (fields.webhook !== undefined) {
    const { url: plain, urlEnv, urlFile, secretEnv, secretFile, format } = fields.webhook;
    const url = plain ?? secret("url", { env: urlEnv, file: urlFile }, true);
    const key = secret("secret", { env: secretEnv, file: secretFile }, false);
    return url === undefined ? undefined : { type: "webhook", url, secret: key, format };
  }
  return fields.email === undefined ? { type: "log" } : { type: "email", to: fields.email.to };
}

/** Reads what is named by a variable or a file. Problems begin with `where`. */
export function createSecretReader(env: Environment, where: string, problems: string[]): ReadSecret {
  return (field, names, isRequired) => {
    if (names.env !== undefined) {
      const value = env[names.env]?.trim();
      if (!value) problems.push(`${where}: ${field}Env names ${names.env}, which is not set`);
      return value || undefined;
    }
    if (names.file !== undefined) {
      try {
        const value = readFileSync(names.file, "utf8").trim();
        if (value !== "") return value;
        problems.push(`${where}: ${field}File ${names.file} is empty`);
      } catch {
        problems.push(`${where}: ${field}File ${names.file} cannot be read`);
      }
      return undefined;
    }
    if (isRequired)
      problems.push(
        `${where}: write ${field}Env: with the name of the variable that holds it, or ${field}File`,
      );
    return undefined;
  };
}
