/**
 * grpc.health.v1.Health/Check, written by hand: its two messages have one field each, and the generated code of the health
 * service belongs to no package of ours.
 */
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { RawMethod } from "./channel.js";

/** SERVICE_UNKNOWN and the errors of the call mean that the service does not know the name that was asked for. */
export type HealthStatus = "UNKNOWN" | "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";

/** The name that tells whether the service can freeze; the empty name tells whether it lives. */
export const freezeServiceName = "fsfreeze.v1.FreezeService";

const statuses: readonly HealthStatus[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

export const healthCheck: RawMethod<string, HealthStatus> = {
  path: "/grpc.health.v1.Health/Check",
  serialize(service) {
    const writer = new BinaryWriter();
    if (service !== "") writer.tag(1, WireType.LengthDelimited).string(service);
    const bytes = writer.finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  },
  deserialize(bytes) {
    const reader = new BinaryReader(bytes);
    let status: HealthStatus = "UNKNOWN";
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1 && wireType === WireType.Varint)
        status = statuses[reader.int32()] ?? "UNKNOWN";
      else reader.skip(wireType, field);
    }
    return status;
  },
};
