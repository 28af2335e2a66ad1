/** Where a webhook goes, and what of it must not be shown. */
export interface WebhookAddress {
  /** Without a user and password. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** The address and every part of it that may be a token. */
  readonly secrets: readonly string[];
}

/** Shorter parts of a path are words. */
const SHORTEST_TOKEN_CHARS = 8;

/** Reads an address of http or https; undefined for any other. */
export function readWebhookAddress(text: string): WebhookAddress | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  const { username, password, pathname, search, searchParams } = url;
  url.username = "";
  url.password = "";
  url.hash = "";
  const parts = [...pathname.split("/"), ...searchParams.values()];
  const tokens = parts.filter((part) => part.length >= SHORTEST_TOKEN_CHARS);
  const credentials = `${plain(username)}:${plain(password)}`;
  const whole = `${pathname}${search}`;
  return {
    url: url.href,
    authorization:
      username === "" && password === "" ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`,
    secrets: [
      text,
      url.href,
      // A path of one slash is no secret, and would be found everywhere.
      ...(whole.length >= SHORTEST_TOKEN_CHARS ? [whole] : []),
      ...tokens,
      ...tokens.map(plain),
      password,
      plain(password),
    ],
  };
}

/** What may be shown of an address: `https://hooks.example`. */
export function shownWebhookAddress(text: string): string {
  return URL.canParse(text) ? new URL(text).origin : "not an address";
}

function plain(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
}
