/** Takes the password of a URL, as written and decoded, out of a text. */
export function createRedaction(url: URL): (text: string) => string {
  const secrets = [url.password, decoded(url.password)].filter((secret) => secret !== "");
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "***"), text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
