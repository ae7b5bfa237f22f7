module fsfreezed.dev/samples

go 1.26.0

require fsfreezed.dev/fsfreeze v0.1.0

replace fsfreezed.dev/fsfreeze => ../
