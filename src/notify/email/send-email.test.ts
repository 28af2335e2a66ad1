import { afterEach, describe, expect, it } from "vitest";
import type { Bundle, MessageReference } from "../../alert/notification.ts";
import { SAMPLE_FACTS } from "../../alert/sample-episode.ts";
import { createLocalCertificate } from "../pagerduty/local-certificate.ts";
import { sampleNotification } from "../sample-notification.ts";
import type { EmailSettings } from "./email-settings.ts";
import { startFakeSmtp, type FakeSmtpOptions, type SmtpRule } from "./fake-smtp.ts";
import { createEmailSender } from "./send-email.ts";

const LEASE = (): number => 60_000;
const PASSWORD = "the-password-of-mail";
const LOGIN = { user: "noroshi", password: PASSWORD };
const team = sampleNotification({
  receiverType: "email",
  receiver: "team",
  address: "team@example.com, boss@example.com",
});
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function stage({
  server = {},
  settings = {},
  timeoutMs = 4_000,
  ca,
}: {
  readonly server?: FakeSmtpOptions;
  readonly settings?: Partial<EmailSettings>;
  readonly timeoutMs?: number;
  readonly ca?: string;
} = {}) {
  const fake = await startFakeSmtp(server);
  const sender = createEmailSender({
    settings: {
      from: "Noroshi <noroshi@example.com>",
      host: "127.0.0.1",
      port: fake.port,
      security: "none",
      login: undefined,
      ...settings,
    },
    publicUrl: "https://noroshi.example",
    timeoutMs,
    ...(ca === undefined ? {} : { ca }),
  });
  closers.push(
    () => fake.close(),
    () => sender.close(),
  );
  return { fake, sender };
}

const saying =
  (wanted: string, answer: string, only = ""): SmtpRule =>
  (command, line) =>
    command === wanted && line.includes(only) ? answer : undefined;

describe("an e-mail", () => {
  it("arrives whole, dots at the beginning of lines among it, over one connection", async () => {
    const { fake, sender } = await stage();
    const facts = { ...SAMPLE_FACTS, description: ".\n..two\nend\n." };
    const first = await sender.send({ ...team, facts }, LEASE);
    const messageId = `<noroshi.${team.episodeId}.${team.id}@example.com>`;
    expect(first).toEqual({
      kind: "delivered",
      detail: "250 2.0.0 queued as 1",
      reference: { channel: "", ts: messageId },
    });
    const second = { ...team, id: "n-2", action: "resolve", resolution: "recovered" } as const;
    const reference = { channel: "", ts: messageId };
    expect(await sender.send({ ...second, reference }, LEASE)).toMatchObject({
      kind: "delivered",
      reference,
    });
    expect(fake.connections()).toBe(1);
    // A header may be folded.
    const [one, two] = fake.taken.map(({ raw, ...rest }) => ({
      ...rest,
      raw: raw.replaceAll("\r\n ", " ").replaceAll(":  ", ": "),
    }));
    expect(one).toMatchObject({ from: "noroshi@example.com", to: ["team@example.com", "boss@example.com"] });
    expect(one?.raw).toContain("\r\n..two\r\nend\r\n.\r\n");
    expect(one?.raw).toContain("Auto-Submitted: auto-generated\r\n");
    expect(one?.raw).toContain(`Message-ID: ${messageId}\r\n`);
    expect(two?.raw).toContain(`In-Reply-To: ${messageId}\r\n`);
    expect(two?.raw).toContain("Subject: Re: [critical] payment-availability: error budget alert\r\n");
  });

  it("of a group goes into the thread of the group", async () => {
    const { fake, sender } = await stage();
    const bundle = (id: string, reference: MessageReference | null): Bundle => ({
      id,
      notifications: [{ ...team, id }],
      maybeSent: false,
      createdAt: team.createdAt,
      group: { key: '["r",["service","payment"]]', reference, latest: [team] },
    });
    const first = await sender.sendBundle(bundle("b-1", null), LEASE);
    const reference = { channel: "", ts: "<noroshi.group.b-1@example.com>" };
    expect(first).toMatchObject({ kind: "delivered", reference });
    expect(await sender.sendBundle(bundle("b-2", reference), LEASE)).toMatchObject({ reference });
    expect(fake.taken.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw)?.[1])).toEqual([
      "Alerts of service payment (team)",
      "Re: Alerts of service payment (team)",
    ]);
    expect(fake.taken[1]?.raw).toContain("References: <noroshi.group.b-1@example.com>\r\n");
  });

  it("has one header of each name, whatever specs hold", async () => {
    const { fake, sender } = await stage();
    const sloName = "x\r\nBcc: all@example.com\r\n\r\nbody";
    await sender.send({ ...team, sloName, facts: { ...SAMPLE_FACTS, sloName } }, LEASE);
    const [head = ""] = fake.taken[0]!.raw.split("\r\n\r\n");
    expect(head).not.toMatch(/^bcc:/im);
    const names = head.split("\r\n").flatMap((line) => /^([\w-]+):/.exec(line)?.[1]?.toLowerCase() ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(fake.taken[0]?.to).toEqual(["team@example.com", "boss@example.com"]);
  });

  it("is refused for good by 5xx, and waits after 4xx, at whatever command", async () => {
    const { fake, sender } = await stage();
    for (const command of ["MAIL", "RCPT", "DATA", "end of data"]) {
      fake.setRule(saying(command, "550 5.7.1 not allowed"));
      expect(await sender.send(team, LEASE)).toEqual({ kind: "rejected", detail: "550 5.7.1 not allowed" });
      fake.setRule(saying(command, "451 4.3.0 try later"));
      expect(await sender.send(team, LEASE)).toEqual({
        kind: "retry",
        detail: "451 4.3.0 try later",
        ambiguous: false,
      });
    }
    fake.setRule(undefined);
    expect(await sender.send(team, LEASE)).toMatchObject({ kind: "delivered" });
  });

  it("reaches those who can be reached, and says who cannot", async () => {
    const { fake, sender } = await stage();
    fake.setRule(saying("RCPT", "550 5.1.1 unknown", "boss@"));
    expect(await sender.send(team, LEASE)).toMatchObject({
      kind: "delivered",
      detail: "250 2.0.0 queued as 1 (1 of 2 refused: 550 5.1.1 unknown)",
    });
    expect(fake.taken[0]?.to).toEqual(["team@example.com"]);
  });

  it("whose last answer is missing may have arrived; one that was not begun has not", async () => {
    const { fake, sender } = await stage({ timeoutMs: 600 });
    const keep = (): SmtpRule => (command) => (command === "end of data" ? "cut" : undefined);
    fake.setRule(keep());
    expect(await sender.send(team, LEASE)).toMatchObject({ kind: "retry", ambiguous: true });
    fake.setRule(saying("end of data", "hang"));
    expect(await sender.send(team, LEASE)).toMatchObject({ kind: "retry", ambiguous: true });
    fake.setRule(undefined);
    expect(await sender.send(team, LEASE)).toMatchObject({ kind: "delivered" });
    await fake.close();
    const gone = await sender.send(team, LEASE);
    expect(gone).toMatchObject({ kind: "retry" });
    expect(await sender.send(team, LEASE)).toMatchObject({ kind: "retry", ambiguous: false });
    expect(await sender.send(team, () => 10)).toMatchObject({ kind: "retry", ambiguous: false });
  });

  it("goes over TLS, from the first byte or after STARTTLS, with its login", async () => {
    const { ca, ...tls } = await createLocalCertificate();
    for (const security of ["tls", "starttls"] as const) {
      const { fake, sender } = await stage({
        server: { tls: { ...tls, implicit: security === "tls" }, login: LOGIN },
        settings: { security, login: LOGIN },
        ca,
      });
      expect(await sender.send(team, LEASE)).toMatchObject({ kind: "delivered" });
      expect(fake.taken).toMatchObject([{ wasEncrypted: true, user: "noroshi" }]);
    }
  });

  it("logs in over TLS alone, and never says the password", async () => {
    const tls = await createLocalCertificate();
    const { sender: stranger } = await stage({
      server: { tls, login: LOGIN },
      settings: { security: "starttls", login: LOGIN },
    });
    // Nobody vouches for its certificate.
    expect(await stranger.send(team, LEASE)).toMatchObject({ kind: "retry", ambiguous: false });
    const { fake, sender } = await stage({
      server: { login: LOGIN },
      settings: { security: "starttls", login: LOGIN },
    });
    const plain = await sender.send(team, LEASE);
    expect(plain).toMatchObject({ kind: "retry", ambiguous: false });
    expect(fake.taken).toEqual([]);
  });

  it("is refused where the login is, and the answer is shown without it", async () => {
    const { sender } = await stage({
      server: { login: { user: "noroshi", password: "another" } },
      settings: { login: LOGIN },
    });
    const outcome = await sender.send(team, LEASE);
    expect(outcome.kind).toBe("rejected");
    expect(outcome.detail).toMatch(/^535 5.7.8 .*check email.smtp.user and its password$/);
    expect(outcome.detail).not.toContain(PASSWORD);
    expect(outcome.detail).not.toContain(Buffer.from(`\0noroshi\0${PASSWORD}`).toString("base64"));
  });

  it("leaves no connection behind", async () => {
    const { fake, sender } = await stage();
    await sender.send(team, LEASE);
    expect(fake.open()).toBe(1);
    sender.close();
    await expect.poll(() => fake.open()).toBe(0);
  });
});
