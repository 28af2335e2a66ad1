import type { SendOutcome } from "../../alert/notification.ts";

/** What nodemailer says of a failure; every field may be missing. */
interface SmtpFailure extends Error {
  readonly code?: string | undefined;
  /** Of the server's answer. */
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  /** The command that was answered. */
  readonly command?: string | undefined;
  /** Of each recipient that was refused. */
  readonly rejectedErrors?: readonly SmtpFailure[] | undefined;
}

/** Nothing of the message had been said. */
const BEFORE_DATA = ["EDNS", "ETLS", "EAUTH", "ENOAUTH", "EENVELOPE", "EREQUIRETLS", "EPROTOCOL"];
const BEFORE_WORDS =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|greeting|connection timeout|certificate|SSL routines/i;

/**
 * Sorts what a mail server answered. 5xx is for good; 4xx, and a server that is not there, pass. Of several recipients who
 * were all refused, one who may be told later is enough to wait. Where the answer to the message itself is missing, it may
 * have been taken.
 */
export function readSmtpFailure(error: unknown, say: (text: string) => string): SendOutcome {
  const failure = (error instanceof Error ? error : new Error(String(error))) as SmtpFailure;
  if (failure.name === "AbortError" || failure.code === "EABORT")
    return { kind: "retry", detail: "the mail server took too long", ambiguous: true };
  const codes = [failure, ...(failure.rejectedErrors ?? [])].map(({ responseCode = 0 }) => responseCode);
  const detail = say(smtpWords(failure));
  if (codes.some((code) => code >= 400 && code < 500)) return { kind: "retry", detail, ambiguous: false };
  if (codes.some((code) => code >= 500)) return { kind: "rejected", detail: `${detail}${hintFor(failure)}` };
  // Of our own making: an address that no server would take.
  if (failure.code === "EENVELOPE" && failure.command === "API") return { kind: "rejected", detail };
  const isBefore = BEFORE_DATA.includes(failure.code ?? "") || BEFORE_WORDS.test(failure.message);
  return { kind: "retry", detail: `${detail}${hintFor(failure)}`, ambiguous: !isBefore };
}

/** The server's words where there are some; ours otherwise. */
export function smtpWords({ response, message, code }: SmtpFailure): string {
  return response ?? (message || (code ?? "no explanation"));
}

function hintFor({ code, responseCode, message }: SmtpFailure): string {
  if (/certificate/i.test(message)) return "; NODE_EXTRA_CA_CERTS names a file with authorities to trust";
  if (/wrong version number/i.test(message))
    return "; email.smtp.security is tls, and the server speaks none yet";
  return code === "EAUTH" || responseCode === 530 || responseCode === 535
    ? "; check email.smtp.user and its password"
    : "";
}
