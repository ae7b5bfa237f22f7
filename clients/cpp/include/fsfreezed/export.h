/// What a shared library of the client shows: everything else is hidden in it.
#pragma once

#define FSFREEZED_EXPORT [[gnu::visibility("default")]]
