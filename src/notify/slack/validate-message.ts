import { isRecord } from "../pagerduty/validate-event.ts";

/** Slack's documented limits that a message of ours can meet. */
const LIMITS = {
  textChars: 40_000,
  blocks: 50,
  attachments: 100,
  sectionTextChars: 3_000,
  fields: 10,
  fieldChars: 2_000,
  headerChars: 150,
  contextElements: 10,
  actionElements: 25,
  buttonTextChars: 75,
  buttonUrlChars: 3_000,
  actionIdChars: 255,
  buttonValueChars: 2_000,
  options: 100,
  optionTextChars: 75,
  optionValueChars: 150,
  allBlockChars: 13_000,
} as const;

/** Slack's error code for this message, or undefined when Slack would take it. */
export function refuseSlackMessage(message: Readonly<Record<string, unknown>>): string | undefined {
  const text = typeof message["text"] === "string" ? message["text"] : "";
  const blocks = message["blocks"];
  const attachments = message["attachments"];
  if (text === "" && !Array.isArray(blocks) && !Array.isArray(attachments)) {
    return "no_text";
  }
  if (text.length > LIMITS.textChars) {
    return "msg_too_long";
  }
  if (attachments !== undefined && (!Array.isArray(attachments) || attachments.length > LIMITS.attachments)) {
    return "too_many_attachments";
  }
  const all = [
    blocks ?? [],
    ...(attachments ?? []).map((attachment: unknown) =>
      isRecord(attachment) ? (attachment["blocks"] ?? []) : undefined,
    ),
  ];
  if (!all.every(areBlocksValid)) {
    return "invalid_blocks";
  }
  if (JSON.stringify(all).length > LIMITS.allBlockChars) {
    return "msg_blocks_too_long";
  }
  const metadata = message["metadata"];
  if (metadata !== undefined && !isMetadataValid(metadata)) {
    return "invalid_metadata_format";
  }
  return undefined;
}

function isMetadataValid(metadata: unknown): boolean {
  return (
    isRecord(metadata) && typeof metadata["event_type"] === "string" && isRecord(metadata["event_payload"])
  );
}

function areBlocksValid(blocks: unknown): boolean {
  return Array.isArray(blocks) && blocks.length <= LIMITS.blocks && blocks.every(isBlockValid);
}

function isBlockValid(block: unknown): boolean {
  if (!isRecord(block)) {
    return false;
  }
  switch (block["type"]) {
    case "header":
      return isTextValid(block["text"], LIMITS.headerChars, ["plain_text"]);
    case "section":
      return isSectionValid(block);
    case "context":
      return areElementsValid(block["elements"], LIMITS.contextElements, (element) =>
        isTextValid(element, LIMITS.fieldChars, ["plain_text", "mrkdwn"]),
      );
    case "actions":
      return areElementsValid(block["elements"], LIMITS.actionElements, isActionValid);
    case "divider":
      return true;
    default:
      return false;
  }
}

function isSectionValid(block: Record<string, unknown>): boolean {
  const { text, fields } = block;
  if (text === undefined && fields === undefined) {
    return false;
  }
  const markup = ["plain_text", "mrkdwn"];
  return (
    (text === undefined || isTextValid(text, LIMITS.sectionTextChars, markup)) &&
    (fields === undefined ||
      areElementsValid(fields, LIMITS.fields, (field) => isTextValid(field, LIMITS.fieldChars, markup)))
  );
}

function isActionValid(element: unknown): boolean {
  return (
    isRecord(element) &&
    (element["type"] === "static_select" ? isSelectValid(element) : isButtonValid(element))
  );
}

function isSelectValid({ placeholder, options, action_id: id }: Record<string, unknown>): boolean {
  return (
    isTextValid(placeholder, 150, ["plain_text"]) &&
    isIdValid(id) &&
    areElementsValid(
      options,
      LIMITS.options,
      (option) =>
        isRecord(option) &&
        isTextValid(option["text"], LIMITS.optionTextChars, ["plain_text"]) &&
        typeof option["value"] === "string" &&
        option["value"].length <= LIMITS.optionValueChars,
    )
  );
}

function isIdValid(id: unknown): boolean {
  return id === undefined || (typeof id === "string" && id.length <= LIMITS.actionIdChars);
}

function isButtonValid(element: Record<string, unknown>): boolean {
  const { url, value, action_id: id, style } = element;
  if (element["type"] !== "button" || !isIdValid(id)) return false;
  if (value !== undefined && (typeof value !== "string" || value.length > LIMITS.buttonValueChars))
    return false;
  if (style !== undefined && style !== "primary" && style !== "danger") return false;
  return (
    isTextValid(element["text"], LIMITS.buttonTextChars, ["plain_text"]) &&
    (url === undefined ||
      (typeof url === "string" && url.length <= LIMITS.buttonUrlChars && URL.canParse(url)))
  );
}

function areElementsValid(elements: unknown, most: number, isValid: (element: unknown) => boolean): boolean {
  return Array.isArray(elements) && elements.length > 0 && elements.length <= most && elements.every(isValid);
}

function isTextValid(value: unknown, mostChars: number, types: readonly string[]): boolean {
  return (
    isRecord(value) &&
    typeof value["type"] === "string" &&
    types.includes(value["type"]) &&
    typeof value["text"] === "string" &&
    value["text"].length > 0 &&
    value["text"].length <= mostChars
  );
}
