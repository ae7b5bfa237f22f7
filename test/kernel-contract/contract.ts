/**
 * The contract of src/kernel/port.ts. One suite for every implementation: it runs on the simulated kernel and on the real one,
 * with BPF, with the fall-backs alone, and with nothing, on each file system.
 */
import { describe, test } from "vitest";
import { filesystemTypes } from "../support/loop-filesystem.js";
import { leaveOut } from "../support/requirements.js";
import { describeEvidence } from "./contract-evidence.js";
import { describeFlight } from "./contract-flight.js";
import { describeRefusals } from "./contract-refusals.js";
import { describeResolution } from "./contract-resolution.js";
import { describeState } from "./contract-state.js";
import type { ContractSubject } from "./subject.js";

export function describeContract(subject: ContractSubject): void {
  describe(subject.name, () => {
    for (const type of filesystemTypes) {
      const missing = subject.missing(type);
      describe(type, () => {
        if (missing !== undefined) {
          test("the whole contract", (context) => leaveOut(context, missing));
          return;
        }
        describeState(subject, type);
        describeEvidence(subject, type);
        describeFlight(subject, type);
        describeResolution(subject, type);
      });
    }
    const missing = subject.missing("ext4");
    if (missing === undefined) describeRefusals(subject);
    else test("refusals", (context) => leaveOut(context, missing));
  });
}
