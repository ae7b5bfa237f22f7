"""Generated from the contract (proto/fsfreeze/v1). Do not edit."""
