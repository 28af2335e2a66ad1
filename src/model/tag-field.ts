/** Where attributes of a span are. `scope` is the instrumentation scope. */
export type TagScope = "resource" | "span" | "event" | "link" | "scope";

/** What spans have values of that can be listed. */
export type TagField =
  /** The first of the scopes that has it. */
  | { readonly kind: "attribute"; readonly scopes: readonly TagScope[]; readonly key: string }
  | {
      readonly kind: "text";
      readonly name: "service" | "name" | "statusMessage" | "scopeName" | "scopeVersion" | "eventName";
      /** Of spans without a parent alone. */
      readonly ofRoots: boolean;
    };

/** A value as it is written in a query, without quotes. */
export interface TagValue {
  readonly type: "string" | "int" | "float" | "bool" | "duration" | "keyword";
  readonly value: string;
}

export type TagNames = Readonly<Record<TagScope, readonly string[]>>;
