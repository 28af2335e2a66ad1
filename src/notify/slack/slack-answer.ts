import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from "@slack/web-api";
import { redact } from "../redact.ts";

/**
 * What became of one call. `refused`: Slack said no with this error code. `wait`: the rate limit. `transient`: Slack said that
 * it cannot now, and did nothing. `unclear`: no answer that tells whether it was done.
 */
export type SlackFailure =
  | { readonly kind: "refused"; readonly code: string; readonly detail: string }
  | { readonly kind: "wait"; readonly afterMs: number | undefined; readonly detail: string }
  | { readonly kind: "transient"; readonly detail: string }
  | { readonly kind: "unclear"; readonly detail: string };

const RATE_CODES = new Set(["ratelimited", "rate_limited", "message_limit_exceeded"]);
/** Slack could not, this time; it may or may not have begun. */
const UNCLEAR_CODES = new Set(["internal_error", "fatal_error", "request_timeout"]);
const TRANSIENT_CODES = new Set(["service_unavailable", "team_added_to_org", "org_login_required"]);

const HINTS: Readonly<Record<string, string>> = {
  channel_not_found: "no such channel, or the bot may not see it: check SLACK_CHANNEL and invite the bot",
  not_in_channel: "invite the bot to the channel",
  is_archived: "the channel is archived: choose another in SLACK_CHANNEL",
  invalid_auth: "check SLACK_BOT_TOKEN",
  not_authed: "check SLACK_BOT_TOKEN",
  token_revoked: "the bot token was revoked: install the app anew and set SLACK_BOT_TOKEN",
  token_expired: "the bot token has expired: set SLACK_BOT_TOKEN anew",
  account_inactive: "the bot's account was deactivated: install the app anew and set SLACK_BOT_TOKEN",
  missing_scope: "the bot needs the scope chat:write, and channels:history to look before it posts again",
};

/** Whether a refusal with this code is about the channel or the token, so that anything would be refused. */
export function refusesAll(code: string): boolean {
  return Object.hasOwn(HINTS, code);
}

/** Sorts what @slack/web-api throws. `token` never appears in the result. */
export function readSlackFailure(error: unknown, token: string): SlackFailure {
  const say = (text: string): string => redact(text, [token]);
  if (error instanceof WebAPIRateLimitedError) {
    const detail = `429: Slack asks to wait ${error.retryAfter} s`;
    return { kind: "wait", afterMs: error.retryAfter * 1000, detail };
  }
  if (error instanceof WebAPIPlatformError) {
    return readCode(error.data.error, say);
  }
  if (error instanceof WebAPIHTTPError) {
    return { kind: "unclear", detail: say(`HTTP ${error.statusCode} ${error.statusMessage}`) };
  }
  return causeCodes(error).some((code) => NEVER_SENT.has(code))
    ? { kind: "transient", detail: say(`not reached: ${messageOf(error)}`) }
    : { kind: "unclear", detail: say(`no clear answer: ${messageOf(error)}`) };
}

/** There was no connection, so nothing can have arrived. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

function causeCodes(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let cause = error; cause instanceof Error && codes.length < 5; cause = cause.cause) {
    codes.push("code" in cause ? String(cause.code) : "");
  }
  return codes;
}

function readCode(code: string, say: (text: string) => string): SlackFailure {
  // A body that is not Slack's, as of a proxy, arrives as an error code, too.
  if (!/^[a-z][a-z0-9_]{1,60}$/.test(code)) {
    return { kind: "unclear", detail: say(`no clear answer: ${code === "" ? "empty body" : code}`) };
  }
  if (RATE_CODES.has(code)) {
    return { kind: "wait", afterMs: undefined, detail: code };
  }
  if (UNCLEAR_CODES.has(code)) {
    return { kind: "unclear", detail: code };
  }
  if (TRANSIENT_CODES.has(code)) {
    return { kind: "transient", detail: code };
  }
  const hint = HINTS[code];
  return { kind: "refused", code, detail: hint === undefined ? code : `${code}: ${hint}` };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // `fetch failed` says little; its cause does.
  const cause: unknown = error.cause instanceof Error ? (error.cause.cause ?? error.cause) : undefined;
  return cause instanceof Error && cause.message !== error.message
    ? `${error.message} (${cause.message})`
    : error.message;
}
