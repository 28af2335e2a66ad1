import type { Dialect } from "../document-kind.ts";
import type { Place } from "../place.ts";
import { readAlertWindows } from "./alert-windows.ts";
import type { DialectSlo } from "./dialect-slo.ts";
import { readPyrra } from "./read-pyrra.ts";
import { readSlothFile, readSlothResource } from "./read-sloth.ts";

/** A document of another dialect than OpenSLO. */
export interface DialectDocument {
  readonly dialect: Dialect;
  readonly root: Place;
}

/** Reads the SLOs of the other dialects, in the order of the documents. */
export function readDialects(documents: readonly DialectDocument[]): readonly DialectSlo[] {
  const windows = documents.filter(({ dialect }) => dialect === "alert-windows");
  const windowsFor = readAlertWindows(windows.map(({ root }) => root));
  return documents.flatMap(({ dialect, root }) => {
    switch (dialect) {
      case "sloth-file":
        return readSlothFile(root, windowsFor(root.document.file));
      case "sloth-resource":
        return readSlothResource(root, windowsFor(root.document.file));
      case "pyrra":
        return readPyrra(root) ?? [];
      case "alert-windows":
        return [];
    }
  });
}
