import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Diagnostic } from "../spec/diagnostic.ts";
import { packageVersion } from "./package-version.ts";
import type { ValidationReport } from "./validation-report.ts";

const RULE = "slo-spec";

/**
 * A SARIF log, as code scanning services and editors read them.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function printSarif({ specs, couldNotRun }: ValidationReport): string {
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "noroshi",
            version: packageVersion(),
            rules: [{ id: RULE, shortDescription: { text: "A valid SLO spec" } }],
          },
        },
        invocations: [
          {
            executionSuccessful: couldNotRun.length === 0,
            toolExecutionNotifications: couldNotRun.map((why) => ({
              level: "error",
              message: { text: why },
            })),
          },
        ],
        columnKind: "utf16CodeUnits",
        results: specs.diagnostics.map(resultOf),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function resultOf({ severity, file, line, column, path, message, hint }: Diagnostic): object {
  return {
    ruleId: RULE,
    ruleIndex: 0,
    level: severity,
    message: { text: `${message}\n${hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column },
        },
        ...(path === "" ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
  };
}

function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
}
