import { z } from "zod";
import { MESSAGE_NAMES } from "../alert/template/message-values.ts";
import { readTemplate } from "../alert/template/read-template.ts";
import { section } from "./fields.ts";

/** Read at the start: a slip in it is a problem of the configuration, not of the night when it is needed. */
const template = z.string("write a text").transform((source, context) => {
  const read = readTemplate(source, MESSAGE_NAMES);
  if (read.ok) return read.template;
  for (const message of read.problems) context.addIssue({ code: "custom", message });
  return z.NEVER;
});

/** `template` of a receiver. */
export const templateSection = section(
  { title: template.optional(), body: template.optional() },
  { summary: "title", subject: "title", text: "body", message: "body" },
);
