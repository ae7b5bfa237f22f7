/** CLOCK_MONOTONIC in milliseconds: the same clock in every process of a machine, so the writer's times compare with ours. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
