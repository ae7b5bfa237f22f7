/** `fsfreezectl health`: for probes; exit codes as grpc_health_probe's. */
import { type FreezeError, freezeServiceName } from "@fsfreezed/client";
import type { Command } from "commander";
import { healthExitCodes } from "../../exit-codes.js";
import { type Invocation, run } from "../run.js";

function codeOf(error: FreezeError): number {
  return error.reason === "UNREACHABLE" ? healthExitCodes.noConnection : healthExitCodes.rpcFailed;
}

export function addHealth(program: Command, invocation: Invocation): void {
  program
    .command("health")
    .description("ask whether the service can freeze, or with --service '' whether it lives")
    .option("--service <name>", "name to ask the health service for", freezeServiceName)
    .action(async (flags: { readonly service: string }, command: Command) => {
      await run(
        invocation,
        command,
        async ({ client, out }) => {
          const status = await client.health(flags.service);
          out.result(status, { service: flags.service, status });
          return status === "SERVING" ? healthExitCodes.serving : healthExitCodes.notServing;
        },
        codeOf,
      );
    });
}
