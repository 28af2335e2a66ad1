// The gateway as a process of its own, to be killed: `node --import tsx clickhouse-gateway-main.ts <data dir> [port]`.
import { startClickHouseGateway } from "./clickhouse-gateway.ts";

const gateway = await startClickHouseGateway(process.argv[2] ?? ".", Number(process.argv[3] ?? 0));
process.stdout.write(`${gateway.url}\n`);
