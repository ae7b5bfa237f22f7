/// The commands of the driver's protocol: test/conformance/README.md.
#pragma once

#include "tell.h"

/// Runs one command to its end, and returns what its answer has under `ok`. Throws where it is
/// refused. Thread-safe.
Json run(const Json& command);
