import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

/** An e-mail as it arrived: the lines that begin with a dot have lost the one that was added. */
export interface TakenEmail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, lines end with CRLF. */
  readonly raw: string;
  readonly wasEncrypted: boolean;
  readonly user: string | undefined;
}

/**
 * What the server says instead, by the first word of the command, or `end of data` after the message. `hang`: nothing; `cut`:
 * it ends the connection.
 */
export type SmtpRule = (command: string, line: string) => string | undefined;

export interface FakeSmtp {
  readonly port: number;
  readonly taken: readonly TakenEmail[];
  /** Connections so far. */
  connections(): number;
  open(): number;
  setRule(rule: SmtpRule | undefined): void;
  close(): Promise<void>;
}

export interface FakeSmtpOptions {
  /** Offers STARTTLS, and with `implicit` speaks TLS from the first byte. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly implicit?: boolean };
  /** Wants a user, with AUTH PLAIN. */
  readonly login?: { readonly user: string; readonly password: string };
  readonly port?: number;
}

interface Session {
  from: string | undefined;
  to: string[];
  user: string | undefined;
  isEncrypted: boolean;
}

/** A mail server as RFC 5321 has it, for tests: takes e-mails, or refuses them as it is told. */
export async function startFakeSmtp(options: FakeSmtpOptions = {}): Promise<FakeSmtp> {
  const taken: TakenEmail[] = [];
  const sockets = new Set<Socket>();
  let rule: SmtpRule = () => undefined;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    const session: Session = { from: undefined, to: [], user: undefined, isEncrypted: false };
    const context = { options, session, taken, rule: (command: string, line: string) => rule(command, line) };
    const first = options.tls?.implicit === true ? encrypt(socket, context) : socket;
    say(first, context, "220 fake ESMTP", "CONNECT", "");
    serve(first, context);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    taken,
    connections: () => connections,
    open: () => sockets.size,
    setRule: (next) => {
      rule = next ?? (() => undefined);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Context {
  readonly options: FakeSmtpOptions;
  readonly session: Session;
  readonly taken: TakenEmail[];
  readonly rule: SmtpRule;
}

function encrypt(socket: Socket, context: Context): Socket {
  context.session.isEncrypted = true;
  const { key = "", cert = "" } = context.options.tls ?? {};
  const secured = new TLSSocket(socket, {
    isServer: true,
    secureContext: createSecureContext({ key, cert }),
  });
  secured.on("error", () => {});
  return secured;
}

function serve(socket: Socket, context: Context): void {
  let buffer = "";
  let isData = false;
  socket.on("data", (chunk: Buffer) => {
    buffer += chunk.toString("latin1");
    for (;;) {
      const end = isData ? buffer.indexOf("\r\n.\r\n") : buffer.indexOf("\r\n");
      if (end === -1) return;
      const text = buffer.slice(0, end);
      buffer = buffer.slice(end + (isData ? 5 : 2));
      if (isData) {
        isData = false;
        endData(socket, context, text);
        continue;
      }
      const next = answer(socket, context, text);
      if (next === "tls") {
        socket.removeAllListeners("data");
        serve(encrypt(socket, context), context);
        return;
      }
      isData = next === "data";
    }
  });
}

function endData(socket: Socket, context: Context, text: string): void {
  const { session, taken } = context;
  const refusal = context.rule("end of data", "");
  if (refusal === undefined) {
    taken.push({
      from: session.from ?? "",
      to: session.to,
      raw: text.replaceAll(/^\./gm, ""),
      wasEncrypted: session.isEncrypted,
      user: session.user,
    });
  }
  session.from = undefined;
  session.to = [];
  say(socket, context, `250 2.0.0 queued as ${taken.length}`, "end of data", "", refusal);
}

function answer(socket: Socket, context: Context, line: string): "data" | "tls" | undefined {
  const { session, options } = context;
  const command = line.split(/[ :]/)[0]!.toUpperCase();
  const refusal = context.rule(command, line);
  const reply = (text: string): undefined => {
    say(socket, context, text, command, line, refusal);
  };
  if (refusal !== undefined) return reply("");
  switch (command) {
    case "EHLO": {
      const offers = ["SIZE 10000000", "8BITMIME"];
      if (options.tls !== undefined && !session.isEncrypted) offers.push("STARTTLS");
      if (options.login !== undefined) offers.push("AUTH PLAIN");
      return reply(
        ["fake", ...offers].map((text, i) => `250${i < offers.length ? "-" : " "}${text}`).join("\r\n"),
      );
    }
    case "STARTTLS":
      reply("220 go ahead");
      return "tls";
    case "AUTH":
      return reply(login(line, context));
    case "MAIL":
      if (options.login !== undefined && session.user === undefined)
        return reply("530 5.7.0 Authentication required");
      session.from = /<(.*?)>/.exec(line)?.[1];
      return reply("250 ok");
    case "RCPT":
      session.to.push(/<(.*?)>/.exec(line)?.[1] ?? "");
      return reply("250 ok");
    case "DATA":
      reply("354 go on");
      return "data";
    case "RSET":
      session.to = [];
      return reply("250 ok");
    case "QUIT":
      reply("221 bye");
      socket.end();
      return undefined;
    default:
      return reply("502 5.5.2 not known here");
  }
}

function login(line: string, { options, session }: Context): string {
  const [, user, password] = Buffer.from(line.split(" ")[2] ?? "", "base64")
    .toString("utf8")
    .split("\0");
  const wanted = options.login;
  if (wanted === undefined || user !== wanted.user || password !== wanted.password)
    // Some servers repeat what they were told.
    return `535 5.7.8 Error: authentication failed for ${line}`;
  session.user = user;
  return "235 2.7.0 welcome";
}

function say(
  socket: Socket,
  context: Context,
  text: string,
  command: string,
  line: string,
  refusal = context.rule(command, line),
): void {
  if (refusal === "hang") return;
  if (refusal === "cut") socket.destroy();
  else socket.write(`${refusal ?? text}\r\n`);
}
