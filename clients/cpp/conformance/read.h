/// What the driver reads: the fields of commands as the client's own types. What is absent is the
/// client's default.
#pragma once

#include "tell.h"

fsfreezed::ConnectOptions read_connect(const Json& command);
fsfreezed::Target read_target(const Json& target);
fsfreezed::Targets read_targets(const Json& targets);
/// Without functions.
fsfreezed::HoldOptions read_hold_options(const Json& options);
fsfreezed::ResumeOptions read_resume_options(const Json& options);
fsfreezed::FreezeOptions read_freeze_options(const Json& command);

std::optional<std::chrono::milliseconds> read_ms(const Json& object, const char* key);
Json member(const Json& object, const char* key);
