import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Expr } from "../ast.ts";
import { FUNCTION_SIGNATURES } from "../syntax/function-signatures.ts";
import { AGGREGATES } from "../syntax/keywords.ts";
import { parseQuery } from "../syntax/parse-query.ts";
import { parseScript } from "./parse-script.ts";
import { runScript } from "./run-script.ts";

const FOLDER = join(import.meta.dirname, "../scripts");
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".test"));
const read = (file: string): string => readFileSync(join(FOLDER, file), "utf8");

describe("the scripts of this repository", () => {
  it.each(files)("%s passes", async (file) => {
    const report = await runScript(read(file), file);
    expect(report.fault).toBeUndefined();
    expect(report.cases.length).toBeGreaterThan(5);
    expect(report.cases.filter(({ failure }) => failure !== undefined)).toEqual([]);
  });

  const used = new Set<string>();
  for (const file of files) {
    const parsed = parseScript(read(file));
    if (parsed.kind === "invalid") throw new Error(`${file}:${parsed.line}: ${parsed.message}`);
    for (const command of parsed.commands) {
      if (command.kind === "eval") collect(command.query, used);
    }
  }

  it("use every function", () => {
    const missing = [...FUNCTION_SIGNATURES.keys()].filter((name) => !used.has(name));
    expect(missing).toEqual([]);
  });

  it("use every aggregation", () => {
    expect([...AGGREGATES].filter((name) => !used.has(name))).toEqual([]);
  });

  it("use every binary operator", () => {
    const operators = "+ - * / % ^ atan2 == != > < >= <= and or unless".split(" ");
    expect(operators.filter((operator) => !used.has(operator))).toEqual([]);
  });
});

function collect(query: string, used: Set<string>): void {
  const parsed = parseQuery(query);
  if (parsed.ok) visit(parsed.expr, used);
}

function visit(expr: Expr, used: Set<string>): void {
  switch (expr.type) {
    case "unary":
    case "paren":
    case "subquery":
      visit(expr.operand, used);
      break;
    case "binary":
      used.add(expr.operator);
      visit(expr.left, used);
      visit(expr.right, used);
      break;
    case "aggregate":
      used.add(expr.operator);
      visit(expr.operand, used);
      if (expr.parameter !== undefined) visit(expr.parameter, used);
      break;
    case "call":
      used.add(expr.name);
      for (const argument of expr.args) visit(argument, used);
      break;
    case "number":
    case "string":
    case "selector":
    case "matrix":
  }
}
