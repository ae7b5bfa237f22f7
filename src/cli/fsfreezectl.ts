#!/usr/bin/env node
/** The clients' command; what serves is fsfreezed. */
import { main } from "./ctl/program.js";

// An address without a name is one of them: nothing that who calls this could mend.
process.noDeprecation = true;

// A COMMAND that was given up may still hang in the kernel: leave without it.
process.exit(await main(process.argv.slice(2), process.env));
