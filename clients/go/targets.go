package fsfreeze

import (
	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

// Targets says what to freeze, all or nothing: a [Target], a [TargetList], or [AllFreezable].
type Targets interface {
	messages() ([]*pb.Target, *pb.AllFreezable)
}

// Target names one file system. Bind mounts, subvolumes and several paths of one file system name the
// same one. Make it with [Path], [BlockDeviceNode], [Device] or [FilesystemUUID], then set the fields
// that you need.
type Target struct {
	// set writes the name into a message's oneof. Nil names nothing, which the service refuses.
	set func(*pb.Target)

	// AllowSubdirectory accepts a Path that is a directory below the mount point.
	AllowSubdirectory bool
	// ExpectUUID is the UUID that the file system must have; else ReasonTargetMismatch.
	ExpectUUID string
	// ExpectDevice is what the file system must lie on; else ReasonTargetMismatch.
	ExpectDevice *DeviceNumber
}

// Path names a file system by its mount point, an absolute path in the service's mount namespace.
func Path(path string) Target {
	return Target{set: func(t *pb.Target) { t.Target = &pb.Target_Path{Path: path} }}
}

// BlockDeviceNode names the file system on a block device, by the absolute path of its node. Any
// member of a btrfs will do.
func BlockDeviceNode(path string) Target {
	return Target{set: func(t *pb.Target) { t.Target = &pb.Target_BlockDevice{BlockDevice: path} }}
}

// Device names a file system by the number of its superblock or of a block device that it lies on.
// Also a path that is not UTF-8 can be reached so.
func Device(number DeviceNumber) Target {
	return Target{set: func(t *pb.Target) {
		t.Target = &pb.Target_DeviceNumber{DeviceNumber: deviceMessage(&number)}
	}}
}

// FilesystemUUID names a file system by its UUID, as blkid(8) prints it.
func FilesystemUUID(uuid string) Target {
	return Target{set: func(t *pb.Target) { t.Target = &pb.Target_FilesystemUuid{FilesystemUuid: uuid} }}
}

func (t Target) message() *pb.Target {
	message := &pb.Target{
		AllowSubdirectory: t.AllowSubdirectory,
		ExpectUuid:        t.ExpectUUID,
		ExpectDevice:      deviceMessage(t.ExpectDevice),
	}
	if t.set != nil {
		t.set(message)
	}
	return message
}

func (t Target) messages() ([]*pb.Target, *pb.AllFreezable) {
	return []*pb.Target{t.message()}, nil
}

func deviceMessage(number *DeviceNumber) *pb.DeviceNumber {
	if number == nil {
		return nil
	}
	return &pb.DeviceNumber{Major: number.Major, Minor: number.Minor}
}

// TargetList names 1 to 256 file systems.
type TargetList []Target

// Paths names file systems by their mount points.
func Paths(paths ...string) TargetList {
	list := make(TargetList, len(paths))
	for i, path := range paths {
		list[i] = Path(path)
	}
	return list
}

func (l TargetList) messages() ([]*pb.Target, *pb.AllFreezable) {
	return each(l, Target.message), nil
}

// AllFreezable means every local file system that can be frozen. What cannot be is passed over; one
// that somebody else has frozen is refused (ReasonFrozenByAnother).
type AllFreezable struct {
	// Exclude are glob patterns of mount points to leave out: "*" and "?" match within one path
	// component, "**" across them.
	Exclude []string
}

func (a AllFreezable) messages() ([]*pb.Target, *pb.AllFreezable) {
	return nil, &pb.AllFreezable{ExcludePatterns: a.Exclude}
}

// messagesOf also takes nil, which the service refuses.
func messagesOf(targets Targets) ([]*pb.Target, *pb.AllFreezable) {
	if targets == nil {
		return nil, nil
	}
	return targets.messages()
}
