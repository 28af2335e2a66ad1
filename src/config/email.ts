import { z } from "zod";
import { oneOf, section } from "./fields.ts";
import { createSecretReader, secretNames } from "./receivers.ts";
import type { EmailSettings } from "../notify/email/email-settings.ts";
import { isLoopback } from "../listen-address.ts";

/** An address, or a name and an address: `Noroshi <noroshi@example.com>`. */
const mailbox = z
  .string({ error: "write an address: noroshi@example.com" })
  .refine((text) => z.email().safeParse(addressOf(text)).success && !/[\r\n\0]/.test(text), {
    error: (issue) =>
      `${JSON.stringify(issue.input)} is not an e-mail address; write for instance Noroshi <noroshi@example.com>`,
  });

const DEFAULT_PORTS = { tls: 465, starttls: 587, none: 25 } as const;

const smtp = section(
  {
    host: z.string({ error: "write the mail server's name" }).regex(/^[\w.:-]+$/, "write a host name alone"),
    port: z.int({ error: "write a port, as 587" }).min(1).max(65_535).optional(),
    /** tls: from the first byte · starttls: before anything is said · none: in the clear. */
    security: oneOf(["tls", "starttls", "none"]).default("starttls"),
    user: z.string({ error: "write the user's name" }).min(1).optional(),
    passwordEnv: secretNames.env.optional(),
    passwordFile: secretNames.file.optional(),
  },
  { password: "passwordEnv", username: "user", pass: "passwordEnv", secure: "security", tls: "security" },
);

/** `email` of noroshi.yaml: how e-mails leave. */
export const emailSection = section({ from: mailbox, smtp }).optional();

/** Fills in the password; problems name its variable or file alone. */
export function resolveEmail(
  fields: z.output<typeof emailSection>,
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): EmailSettings | undefined {
  if (fields === undefined) return undefined;
  const { from } = fields;
  const { host, security, user, passwordEnv, passwordFile, port = DEFAULT_PORTS[security] } = fields.smtp;
  const where = "email.smtp";
  const read = createSecretReader(env, where, problems);
  const password = read("password", { env: passwordEnv, file: passwordFile }, user !== undefined);
  if (user === undefined && (passwordEnv ?? passwordFile) !== undefined)
    problems.push(`${where}: a password is given and no user; write user`);
  if (user !== undefined && security === "none" && !isLoopback(host))
    problems.push(`${where}: security none would send the password in the clear; write starttls or tls`);
  const login = user === undefined || password === undefined ? undefined : { user, password };
  return { from, host, port, security, login };
}

/** Receivers of e-mail need a way out. */
export function checkEmail(
  receivers: readonly { readonly name: string; readonly type: string }[],
  email: EmailSettings | undefined,
  problems: string[],
): void {
  if (email !== undefined) return;
  for (const { name, type } of receivers) {
    if (type !== "email") continue;
    problems.push(
      `receivers "${name}": there is no way for e-mails to leave; write email: {from: noroshi@example.com, ` +
        "smtp: {host: mail.example.com}}",
    );
  }
}

function addressOf(text: string): string {
  return /^[^<>]*<([^<>]+)>$/.exec(text.trim())?.[1] ?? text.trim();
}
