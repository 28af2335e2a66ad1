import { Command } from "commander";
import { webhookJsonSchema } from "../notify/webhook/webhook-schema.ts";
import { testFileJsonSchema } from "../slo-test/test-file-schema.ts";
import { editorSchema } from "../spec/editor-schema.ts";

const SCHEMAS = { specs: editorSchema, tests: testFileJsonSchema, webhook: webhookJsonSchema };

/** What `noroshi schema` prints: of spec files, of the tests beside them, or of what webhook receivers get. */
export function printSchema(of: keyof typeof SCHEMAS = "specs"): string {
  return `${JSON.stringify(SCHEMAS[of](), undefined, 2)}\n`;
}

/** `noroshi schema`. */
export function schemaCommand(): Command {
  return new Command("schema")
    .description("Print a JSON Schema of spec files (OpenSLO v1 and our annotations), for editors")
    .option("--tests", "of the test files beside them")
    .option("--webhook", "of what webhook receivers get")
    .addHelpText(
      "after",
      `
Examples:
  noroshi schema > openslo.schema.json
  noroshi schema --tests > slo-tests.schema.json

Then begin a spec file with
  # yaml-language-server: $schema=./openslo.schema.json
and editors with the YAML language server complete fields and mark faults as you type; a *.test.yaml with the other one.
Keep the schemas outside of the folders that are served, or give them names that begin with a dot.`,
    )
    .action(({ tests, webhook }: { readonly tests?: boolean; readonly webhook?: boolean }) => {
      process.stdout.write(printSchema(webhook === true ? "webhook" : tests === true ? "tests" : "specs"));
    });
}
