import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { MESSAGE_NAMES } from "../alert/template/message-values.ts";
import { receiversSection } from "./receivers.ts";

const receiver = (template: unknown) => [{ name: "chat", slack: { channel: "C0ALERTS" }, template }];

describe("a receiver's template", () => {
  it("is read at the start", () => {
    const read = receiversSection.safeParse(
      receiver({ title: "{{ slo }}", body: "{{#each details}}x{{/each}}" }),
    );
    expect(read.data?.[0]?.template?.title).toHaveLength(1);
  });

  it("is in the documentation as it can be written", () => {
    const page = readFileSync(new URL("../../docs/alerting.md", import.meta.url), "utf8");
    const [, example = ""] = /## Templates[\s\S]*?```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const read = receiversSection.safeParse((parse(example) as { receivers: unknown }).receivers);
    expect(read.error?.issues).toBeUndefined();
    const known = [...MESSAGE_NAMES.scalars, ...Object.keys(MESSAGE_NAMES.lists)];
    for (const name of known) expect(page).toContain(`\`${name}\``);
  });

  it.each([
    [{ title: "{{ slow }}" }, 'unknown name "slow": did you mean "slo"?'],
    [{ body: "a\n{{#if}}" }, "line 2:"],
    [{ subject: "x" }, 'unknown field "subject": write "title" here'],
    [{ title: 5 }, "write a text"],
  ])("is refused at the start, with the place: %j", (template, message) => {
    const read = receiversSection.safeParse(receiver(template));
    expect(read.error?.issues.map((issue) => issue.message).join("; ")).toContain(message);
    expect(read.error?.issues[0]?.path.slice(0, 3)).toEqual([
      0,
      "template",
      ...("subject" in template ? [] : [expect.any(String)]),
    ]);
  });
});
