import type { DeviceCounters } from "../port.js";
import type { DeviceDescription } from "./description.js";

/** The counters of a block device, as /sys/dev/block/M:m/stat has them. */
export class SimulatedDevice {
  readonly device: string;
  readonly path: string;
  #counting: boolean;
  #written = 0;
  #discarded = 0;

  constructor(description: DeviceDescription) {
    this.device = description.device;
    this.path = description.path;
    this.#counting = description.counting ?? true;
  }

  /** queue/iostats: with 0 the counters stand still whatever is written (measured, Linux 6.18). */
  setCounting(on: boolean): void {
    this.#counting = on;
  }

  write(sectors: number): void {
    if (this.#counting) this.#written += sectors;
  }

  discard(sectors: number): void {
    if (this.#counting) this.#discarded += sectors;
  }

  counters(): DeviceCounters {
    return {
      device: this.device,
      sectorsWritten: this.#written,
      sectorsDiscarded: this.#discarded,
      counting: this.#counting,
    };
  }
}
