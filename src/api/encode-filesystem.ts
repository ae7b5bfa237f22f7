/** File systems, their state in the kernel and who keeps them frozen, as the contract writes them. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  Certainty,
  type FilesystemSchema,
  Freezer,
  FreezeState,
  type FrozenBySchema,
  type HoldReferenceSchema,
  StateEvidence,
} from "../gen/fsfreeze/v1/filesystem_pb.js";
import type { FilesystemStatusSchema } from "../gen/fsfreeze/v1/hold_stream_pb.js";
import type { FilesystemStatus, FilesystemView, FrozenBy, Holder } from "../hold/model.js";
import type { StateReading, StateSource } from "../kernel/port.js";
import { encodeOwner } from "./encode-options.js";

type Filesystem = MessageInitShape<typeof FilesystemSchema>;

export function encodeFilesystem(view: FilesystemView): Filesystem {
  return {
    mountPoint: view.mountPoint,
    type: view.type,
    uuid: view.uuid ?? "",
    device: { ...view.device },
    readOnly: view.readOnly,
    source: view.source,
  };
}

const evidenceOfSource: Readonly<Record<StateSource, StateEvidence>> = {
  superblock: StateEvidence.SUPERBLOCK,
  "ext4-needs-recovery": StateEvidence.EXT4_RECOVERY_FLAG,
  "xfs-reserve": StateEvidence.XFS_RESERVE,
  simulated: StateEvidence.SIMULATED,
  none: StateEvidence.NONE,
};

/** The fields that IsFrozenResponse and FilesystemStatus share. */
export interface EncodedState {
  readonly state: FreezeState;
  readonly certainty: Certainty;
  readonly evidence: StateEvidence;
}

export function encodeState(reading: StateReading): EncodedState {
  return {
    state: FreezeState[reading.state],
    certainty: reading.state === "UNKNOWN" ? Certainty.UNSPECIFIED : Certainty[reading.certainty],
    evidence: evidenceOfSource[reading.source],
  };
}

function encodeHolder({
  id,
  owner,
  purpose,
}: Holder): MessageInitShape<typeof HoldReferenceSchema> {
  return { holdId: id, owner: encodeOwner(owner), purpose };
}

export function encodeFrozenBy(by: FrozenBy): MessageInitShape<typeof FrozenBySchema>[] {
  switch (by.kind) {
    case "nobody":
      return [];
    case "service":
      return [{ freezer: Freezer.THIS_SERVICE, holds: by.holds.map(encodeHolder) }];
    case "another-tool":
      return [{ freezer: Freezer.ANOTHER_TOOL }];
    case "kernel":
      return [{ freezer: Freezer.KERNEL, device: by.device }];
    case "unknown":
      return [{ freezer: Freezer.UNKNOWN }];
    default:
      return by satisfies never;
  }
}

/** The file system of a status; a ghost (frozen and unmounted) has no mount point and no UUID. */
export function encodeStatusFilesystem(status: FilesystemStatus): Filesystem {
  if (status.filesystem !== undefined) return encodeFilesystem(status.filesystem);
  return { device: { ...status.device }, type: status.type ?? "" };
}

/** One file system in the answer to `status{}` of the hold `holdId`. */
export function encodeFilesystemStatus(
  status: FilesystemStatus,
  holdId: string,
): MessageInitShape<typeof FilesystemStatusSchema> {
  const { frozenBy } = status;
  return {
    filesystem: encodeStatusFilesystem(status),
    ...encodeState(status.reading),
    heldByThis: frozenBy.kind === "service" && frozenBy.holds.some(({ id }) => id === holdId),
    frozenBy: encodeFrozenBy(frozenBy),
  };
}
