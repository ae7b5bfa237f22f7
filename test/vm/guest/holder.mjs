// A client that is going to be killed: holder.mjs ADDRESS PATH... It says when all of them are frozen, and never lets go.
import { connect } from "@fsfreezed/client";

const [address, ...paths] = process.argv.slice(2);
await connect(address, { keepaliveTime: 20_000, keepaliveTimeout: 20_000 }).hold(paths, {
  ttl: 120_000,
});
process.stdout.write("frozen\n");
