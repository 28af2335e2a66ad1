import { createTransport } from "nodemailer";
import type { SendOutcome } from "../../alert/notification.ts";
import type { Send, SendBundle } from "../notification.ts";
import { redact } from "../redact.ts";
import { emailMessage, type EmailNews } from "./email-message.ts";
import type { EmailSettings } from "./email-settings.ts";
import { readSmtpFailure, smtpWords } from "./smtp-answer.ts";

export interface EmailOptions {
  readonly settings: EmailSettings;
  /** Where people reach Noroshi. */
  readonly publicUrl: string;
  /** Limit of one e-mail, from connecting to the server's last answer. */
  readonly timeoutMs?: number;
  /** Connections at the same time. */
  readonly connections?: number;
  /** PEM of a private authority, where NODE_EXTRA_CA_CERTS cannot be set. */
  readonly ca?: string;
}

export interface EmailSender {
  readonly send: Send;
  readonly sendBundle: SendBundle;
  /** Ends its connections. */
  close(): void;
}

type Transport = ReturnType<typeof createPool>;

/** Sends e-mail through one mail server, over connections that are kept for the next. */
export function createEmailSender(options: EmailOptions): EmailSender {
  const transport = createPool(options);
  return {
    send: (one, remainingMs) => {
      const firstMessageId = one.reference?.ts ?? null;
      return submit({ id: one.id, notifications: [one], group: null, firstMessageId }, remainingMs, {
        ...options,
        transport,
      });
    },
    sendBundle: ({ id, notifications, group }, remainingMs) => {
      const firstMessageId = group.reference?.ts ?? null;
      return submit({ id, notifications, group, firstMessageId }, remainingMs, { ...options, transport });
    },
    close: () => transport.close(),
  };
}

function createPool({ settings, timeoutMs = 20_000, connections = 4, ca }: EmailOptions) {
  const { host, port, security, login } = settings;
  return createTransport({
    pool: true,
    maxConnections: connections,
    // Only what no byte was sent of is sent again by itself: over a connection that the server had closed meanwhile.
    maxRequeues: 1,
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectionTimeout: timeoutMs / 2,
    greetingTimeout: timeoutMs / 2,
    dnsTimeout: timeoutMs / 2,
    socketTimeout: timeoutMs,
    socketCloseTimeout: 500,
    idleTimeout: 30_000,
    // It would write who is told what, and the log is not the place.
    logger: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

async function submit(
  news: EmailNews,
  remainingMs: () => number,
  { settings, publicUrl, transport, timeoutMs = 20_000 }: EmailOptions & { readonly transport: Transport },
): Promise<SendOutcome> {
  if (remainingMs() <= timeoutMs)
    return { kind: "retry", detail: "not sent: the lease is about to run out", ambiguous: false };
  const { headers, ...message } = emailMessage(news, publicUrl, domainOf(settings.from));
  const to = (news.notifications[0]?.address ?? "").split(", ");
  const say = (text: string): string => redact(text, secretsOf(settings));
  try {
    const info = await transport.sendMail({
      ...message,
      from: settings.from,
      to,
      headers: { ...headers },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const refused = (info.rejectedErrors ?? []).map((error) => smtpWords(error)).join("; ");
    const some = refused === "" ? "" : ` (${info.rejected.length} of ${to.length} refused: ${refused})`;
    return {
      kind: "delivered",
      detail: say(`${info.response}${some}`),
      // What comes later refers to it.
      reference: { channel: "", ts: news.firstMessageId ?? message.messageId },
    };
  } catch (error) {
    return readSmtpFailure(error, say);
  }
}

/** A server that is asked for it may repeat what it was told. */
function secretsOf({ login }: EmailSettings): readonly string[] {
  if (login === undefined) return [];
  const { user, password } = login;
  const encoded = [password, `\0${user}\0${password}`].map((text) => Buffer.from(text).toString("base64"));
  return [password, ...encoded];
}

function domainOf(from: string): string {
  return /@([^<>@\s]+?)>?\s*$/.exec(from)?.[1] ?? "localhost";
}
