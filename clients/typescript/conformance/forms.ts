// The two ways in which this client ties a hold to a piece of code.
import type { FreezeClient, Hold, HoldOptions, Receipt, Targets } from "@fsfreezed/client";

export type Body = (hold: Hold) => Promise<void>;

type Form = (
  client: FreezeClient,
  targets: Targets,
  options: HoldOptions,
  body: Body,
) => Promise<Receipt>;

async function awaitUsing(...[client, targets, options, body]: Parameters<Form>): Promise<Receipt> {
  let held: Hold;
  {
    await using hold = await client.hold(targets, options);
    held = hold;
    await body(hold);
  }
  const { receipt } = held;
  if (receipt === undefined) throw new Error("the scope was left without a receipt");
  return receipt;
}

async function withHold(...[client, targets, options, body]: Parameters<Form>): Promise<Receipt> {
  return (await client.withHold(targets, options, body)).receipt;
}

export const forms: Readonly<Record<string, Form>> = { "await-using": awaitUsing, withHold };
