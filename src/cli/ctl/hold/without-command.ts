/** Holds for whoever waits outside: until a signal, or until the other end of our stdin's pipe is closed. */
import { fstatSync } from "node:fs";
import { conclude, conclusionOfLost, type Session, tellBroken } from "./session.js";

/**
 * A pipe or socket as stdin belongs to a program that started us, and its end means that the program is done or dead. A terminal is not
 * read: in the background that would stop us. /dev/null and files end at once and mean nothing.
 */
function stdinBelongsToSomebody(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

export async function runUntilToldToEnd(session: Session): Promise<number> {
  const { hold, context, signals } = session;
  if (!context.out.json) {
    context.out.result(hold.id, undefined);
    if (process.stderr.isTTY) context.out.note("Ctrl-C thaws");
  }
  const ends: Promise<"told" | "broken">[] = [
    new Promise((resolve) => {
      const broken = () => resolve("broken");
      if (hold.broken.aborted) broken();
      else hold.broken.addEventListener("abort", broken, { once: true });
    }),
    signals.nth(1).then(() => {
      session.heard = 1;
      return "told";
    }),
  ];
  if (stdinBelongsToSomebody())
    ends.push(
      new Promise((resolve) => {
        process.stdin.once("end", () => resolve("told")).once("error", () => resolve("told"));
        process.stdin.resume();
      }),
    );
  const how = await Promise.race(ends);
  process.stdin.pause();
  if (how === "told") return await conclude(session);
  const code = tellBroken(session);
  await conclusionOfLost(session);
  return code;
}
