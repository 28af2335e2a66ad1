import { Command } from "commander";
import { editorSchema } from "../spec/editor-schema.ts";

/** What `noroshi schema` prints. */
export function printSchema(): string {
  return `${JSON.stringify(editorSchema(), undefined, 2)}\n`;
}

/** `noroshi schema`. */
export function schemaCommand(): Command {
  return new Command("schema")
    .description("Print a JSON Schema of spec files (OpenSLO v1 and our annotations), for editors")
    .addHelpText(
      "after",
      `
Example:
  noroshi schema > openslo.schema.json

Then begin a spec file with
  # yaml-language-server: $schema=./openslo.schema.json
and editors with the YAML language server complete fields and mark faults as you type. Keep the schema outside of the
folders that are served, or give it a name that begins with a dot.`,
    )
    .action(() => {
      process.stdout.write(printSchema());
    });
}
