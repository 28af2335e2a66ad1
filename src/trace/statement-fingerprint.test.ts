import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { statementFingerprint } from "./statement-fingerprint.ts";

describe("statementFingerprint", () => {
  it.each([
    ["SELECT * FROM t WHERE id = 7", "SELECT * FROM t WHERE id = ?"],
    [
      "select  a\n from t  -- why\n where b = 'it''s' /* x */ and c>-1.5e3",
      "select a from t where b = ? and c>?",
    ],
    ["INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')", "INSERT INTO t (a, b) VALUES (?)"],
    ["SELECT * FROM t1 WHERE x IN ($1, $2, $3)", "SELECT * FROM t1 WHERE x IN (?)"],
    ["UPDATE t SET a = :name WHERE b = %s", "UPDATE t SET a = ? WHERE b = ?"],
    ["SELECT ts::date FROM t", "SELECT ts::date FROM t"],
    ["SELECT 'unterminated", "SELECT ?"],
  ])("%s", (statement, expected) => {
    expect(statementFingerprint(statement)).toBe(expected);
  });

  it("is the same whatever the numbers and texts in it", () => {
    fc.assert(
      fc.property(fc.nat(), fc.stringMatching(/^[a-z ]*$/), (number, text) => {
        expect(statementFingerprint(`select * from t where a = ${number} and b = '${text}'`)).toBe(
          "select * from t where a = ? and b = ?",
        );
      }),
    );
  });

  it("takes any text, quickly", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5_000 }), (text) => typeof statementFingerprint(text) === "string"),
    );
  });
});
