/** A template that was read: text with places to fill in. */
export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly value: TemplateExpression }
  | {
      readonly kind: "if";
      readonly condition: TemplateCondition;
      readonly holds: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | { readonly kind: "each"; readonly list: string; readonly body: readonly TemplateNode[] };

export interface TemplateExpression {
  readonly operand: TemplateOperand;
  /** Applied in order. */
  readonly filters: readonly TemplateFilter[];
}

export type TemplateOperand =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "text"; readonly text: string };

export interface TemplateFilter {
  readonly name: FilterName;
  readonly argument: string | undefined;
}

export interface TemplateCondition {
  readonly name: string;
  readonly isNot: boolean;
  /** Compared with this text; left out: whether there is a value. */
  readonly equals?: string;
}

export type Template = readonly TemplateNode[];

/** How a receiver's messages are worded; what is left out is worded as everywhere. */
export interface MessageTemplate {
  readonly title?: Template | undefined;
  readonly body?: Template | undefined;
}

/** `default "x"` needs its text, the others take none. */
export const FILTER_NAMES = ["upper", "lower", "default", "duration", "percent", "json"] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** A value and how it is shown unless a filter says otherwise. */
export interface TemplateScalar {
  readonly raw: string | number | boolean | null;
  readonly text: string;
}

/** What a template may use: single values, and lists whose items have values. */
export interface TemplateValues {
  readonly scalars: Readonly<Record<string, TemplateScalar>>;
  readonly lists: Readonly<Record<string, readonly Readonly<Record<string, TemplateScalar>>[]>>;
}

/** What may be named: checked when the template is read, so that no alert fails for a slip. */
export interface TemplateNames {
  readonly scalars: readonly string[];
  /** Names of the values of each list's items. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** `labels.` and any name behind it. */
  readonly open: readonly string[];
}
