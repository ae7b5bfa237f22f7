/** From a choice to a kernel: the one place that knows both implementations. */
import type { KernelChoice } from "../supervisor/config.js";
import { createLinuxKernel } from "./linux/linux-kernel.js";
import type { Kernel } from "./port.js";
import { createSimulatedKernel } from "./simulated/simulated-kernel.js";
import { defaultWorld, worldFromJson } from "./simulated/world.js";

export function createKernel(choice: KernelChoice, bpffs: string | undefined): Kernel {
  switch (choice.kind) {
    case "linux": {
      const { bpf, fallbacks } = choice;
      return createLinuxKernel({ bpf, fallbacks, ...(bpffs === undefined ? {} : { bpffs }) });
    }
    case "simulated":
      return createSimulatedKernel(
        choice.world === "" ? defaultWorld() : worldFromJson(choice.world),
      );
    default:
      return choice satisfies never;
  }
}
