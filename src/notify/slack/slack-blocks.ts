import type { ActionElement } from "./slack-actions.ts";

export interface SlackText {
  readonly type: "plain_text" | "mrkdwn";
  readonly text: string;
}

/** The blocks that messages are made of. */
export type SlackBlock =
  | { readonly type: "header"; readonly text: SlackText }
  | { readonly type: "section"; readonly text?: SlackText; readonly fields?: SlackText[] }
  | { readonly type: "context"; readonly elements: SlackText[] }
  | { readonly type: "actions"; readonly elements: (LinkButton | ActionElement)[] };

/** Opens a page, and nothing more. */
export interface LinkButton {
  readonly type: "button";
  readonly text: { readonly type: "plain_text"; readonly text: string };
  readonly url: string;
}
