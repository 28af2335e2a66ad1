import { ClickHouseError as ServerError } from "@clickhouse/client";
import { expect, it } from "vitest";
import { fromRemote } from "./remote-error.ts";

it("an exception of the server names the server, and what to change when it refuses the user", () => {
  const refused = new ServerError({
    message: "probe: Authentication failed: password is incorrect. ",
    code: "516",
    type: "AUTHENTICATION_FAILED",
  });
  const error = fromRemote(refused, "clickhouse.example:8123", (text) => text.replaceAll("probe", "***"));
  expect([error.kind, error.code, error.cause]).toEqual(["unavailable", 516, undefined]);
  expect(error.message).toBe(
    "ClickHouse at clickhouse.example:8123: Code: 516. ***: Authentication failed: password is incorrect. (CLICKHOUSE_URL holds user and password)",
  );
});
