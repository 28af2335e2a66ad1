import { isAlias, isNode, isScalar, visit, type Document, type Node, type YAMLMap } from "yaml";

/** What takes a walk over the whole of a document to know. */
export interface YamlSurvey {
  /** Every anchored node by its anchor, in the order of the text. */
  readonly anchors: ReadonlyMap<string, readonly Node[]>;
  /** Fields that are written again in the same mapping. */
  readonly duplicates: readonly { readonly name: string; readonly offset: number }[];
}

/** Walks a document once; linear in its size. */
export function surveyYaml(document: Document): YamlSurvey {
  const anchors = new Map<string, Node[]>();
  const duplicates: { name: string; offset: number }[] = [];
  const note = (anchor: string | undefined, node: Node): void => {
    if (anchor === undefined) return;
    const known = anchors.get(anchor);
    if (known === undefined) anchors.set(anchor, [node]);
    else known.push(node);
  };
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node)) note(node.anchor, node);
    },
    Map(_key, map) {
      note(map.anchor, map);
      duplicates.push(...duplicateFields(map));
    },
  });
  return { anchors, duplicates };
}

function duplicateFields(map: YAMLMap): YamlSurvey["duplicates"] {
  const names = new Set<string>();
  return map.items.flatMap(({ key }) => {
    const name = isScalar(key) && typeof key.value === "string" ? key.value : undefined;
    // Several `<<` are allowed.
    if (name === undefined || name === "<<") return [];
    const again = names.has(name);
    names.add(name);
    return again ? [{ name, offset: (isNode(key) ? key.range?.[0] : undefined) ?? 0 }] : [];
  });
}
