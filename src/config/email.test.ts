import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../config.ts";

const folder = mkdtempSync(join(tmpdir(), "noroshi-email-"));
afterAll(() => rmSync(folder, { recursive: true }));

function load(yaml: string, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, "noroshi.yaml");
  writeFileSync(file, yaml);
  return loadConfig({ NOROSHI_CONFIG: file, NOROSHI_SPECS: folder, ...env });
}
const problemsOf = (yaml: string, env: Readonly<Record<string, string>> = {}) => {
  const loaded = load(yaml, env);
  return loaded.ok ? [] : loaded.problems.map((problem) => problem.replace(`${folder}/`, ""));
};

it("a webhook's address that is none is a problem at the start, and not shown", () => {
  const yaml = "receivers: [{name: hook, webhook: {urlEnv: HOOK_URL}}]";
  for (const url of ["hooks.example/token-123", "file:///etc/passwd"])
    expect(problemsOf(yaml, { HOOK_URL: url })).toEqual([
      'receivers "hook": its url is no web address; it begins with https:// or http://',
    ]);
});

describe("email in noroshi.yaml", () => {
  it("has a port for its security, and a password from the environment or a file", () => {
    const yaml = "email: {from: N <n@example.com>, smtp: {host: m.example, user: u, passwordEnv: MAIL_PW}}";
    const loaded = load(yaml, { MAIL_PW: "pw-in-env" });
    expect(loaded.ok && loaded.config.email).toEqual({
      from: "N <n@example.com>",
      host: "m.example",
      port: 587,
      security: "starttls",
      login: { user: "u", password: "pw-in-env" },
    });
    writeFileSync(join(folder, "pw"), "pw-in-file\n");
    const other = load(
      `email: {from: n@example.com, smtp: {host: m.example, security: tls, user: u, passwordFile: ${folder}/pw}}`,
    );
    expect(other.ok && other.config.email).toMatchObject({ port: 465, login: { password: "pw-in-file" } });
  });

  it("is asked for where a receiver needs it", () => {
    expect(problemsOf("receivers: [{name: team, email: {to: [t@example.com]}}]")).toEqual([
      'receivers "team": there is no way for e-mails to leave; write email: {from: noroshi@example.com, smtp: {host: mail.example.com}}',
    ]);
  });

  it("names what is wrong, and never the password", () => {
    const smtp = (more: string) => `email: {from: n@example.com, smtp: {host: m.example, ${more}}}`;
    expect(problemsOf(smtp("user: u, passwordEnv: MAIL_PW"))).toEqual([
      "email.smtp: passwordEnv names MAIL_PW, which is not set",
    ]);
    expect(problemsOf(smtp("user: u"))[0]).toContain("write passwordEnv:");
    expect(problemsOf(smtp("passwordEnv: MAIL_PW"), { MAIL_PW: "x" })).toEqual([
      "email.smtp: a password is given and no user; write user",
    ]);
    expect(
      problemsOf(smtp("security: none, user: u, passwordEnv: MAIL_PW"), { MAIL_PW: "secret-pw" }),
    ).toEqual(["email.smtp: security none would send the password in the clear; write starttls or tls"]);
    expect(problemsOf(smtp("password: oops"))[0]).toContain('write "passwordEnv" here');
    expect(problemsOf("email: {from: nobody, smtp: {host: m}}")[0]).toContain("is not an e-mail address");
    expect(problemsOf('email: {from: "a <b@c.de>\\nBcc: x@y.zz", smtp: {host: m}}')).toHaveLength(1);
    expect(problemsOf("email: {from: n@example.com, smtp: {host: 'smtp://m'}}")[0]).toContain(
      "host name alone",
    );
  });
});
