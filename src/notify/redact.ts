const MAX_DETAIL_CHARS = 500;

/** A text that may be stored and shown: on one line, of bounded length, with the secrets taken out. */
export function redact(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== undefined && secret !== "") {
      // In any case of letters: host names lose theirs.
      const pattern = secret.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
      clean = clean.replaceAll(new RegExp(pattern, "gi"), "***");
    }
  }
  // Slack tokens in texts that are not ours.
  clean = clean
    .replaceAll(/x(?:ox[a-z]|app)-[\w-]+/gi, "***")
    .replaceAll(/\s+/g, " ")
    .trim();
  return clean.length <= MAX_DETAIL_CHARS ? clean : `${clean.slice(0, MAX_DETAIL_CHARS - 1)}…`;
}
