/** The public face of @fsfreezed/client. */
export { type Address, type ParsedAddress, parseAddress } from "./address.js";
export type { CallOptions, TlsOptions } from "./channel.js";
export {
  type ConnectOptions,
  connect,
  type FreezeClient,
  type FreezeOptions,
  type HoldOptions,
  type ResumeOptions,
  type ThawOptions,
} from "./client.js";
export type { AllFreezable, FreezeSettings, Target, Targets } from "./encode.js";
export { type ClientReason, FreezeError, type Reason, type StatusCode } from "./errors.js";
export { freezeServiceName, type HealthStatus } from "./health.js";
export type { Hold, HoldListeners, ReleaseOptions } from "./hold.js";
export type * from "./model.js";
export type * from "./names.js";
export { type AcceptOptions, type Shortcoming, shortcomings } from "./verdict.js";
