// Package fsfreeze is the Go client of fsfreezed: it keeps Linux file systems
// frozen while a snapshot is taken, thaws them whatever happens to the program,
// and tells whether the freeze held.
//
// A [Hold] is the heart of it. [Client.WithHold] runs a function while file
// systems are frozen:
//
//	client, err := fsfreeze.Connect("unix:/run/fsfreezed/fsfreezed.sock", nil)
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//
//	receipt, err := client.WithHold(ctx, fsfreeze.Path("/srv"), nil,
//		func(ctx context.Context, hold *fsfreeze.Hold) error {
//			return takeSnapshot(ctx) // ctx ends at once when the freeze breaks
//		})
//
// It succeeds only if the freeze held to the end, by the kernel's own evidence.
// [Client.Hold] gives the same without a function, for use with defer and
// [Hold.ReleaseInto].
//
// Every error of a call is an [*Error]. Its [Reason] is an error too, so that
//
//	errors.Is(err, fsfreeze.ReasonFrozenByAnother)
//
// works on whatever wraps it.
//
// Values of the service that this version does not know are never errors: the
// enumerations are strings, and such a value is "UNKNOWN_17", with its number in
// the contract. The empty string, the zero time and a nil pointer mean that the
// service did not say.
//
// A value that the service told, e.g. a [Receipt], has the contract's JSON form
// (the proto3 mapping) by json.Marshal, which the protobuf libraries of every
// language read.
package fsfreeze

// Version of this module. The service sees it in the user agent.
const Version = "0.1.0"
