"""Freezes and thaws as "somebody else". One command a line on stdin, one JSON answer a line on stdout.
  COMMAND PATH with COMMAND one of freeze, thaw, refreeze (thaw, freeze), rewrite (thaw, write and sync a file, freeze),
  shutdown (the file system acts as if its device were lost: EXT4_IOC_SHUTDOWN, which is XFS_IOC_GOINGDOWN, too)
The answer: {"errno": "" or a name such as "EBUSY", "step": the step that failed, "us": the time it took}."""
import errno
import fcntl
import json
import os
import struct
import sys
import time

FIFREEZE, FITHAW, SHUTDOWN = 0xC0045877, 0xC0045878, 0x8004587D
NO_LOG_FLUSH = 2


def write(path, fd):
    name = "foreign-%d" % os.getpid()
    file = os.open(name, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644, dir_fd=fd)
    os.write(file, b"%d\n" % time.time_ns())
    os.fsync(file)
    os.close(file)


STEPS = {
    "freeze": lambda path, fd: fcntl.ioctl(fd, FIFREEZE, 0),
    "thaw": lambda path, fd: fcntl.ioctl(fd, FITHAW, 0),
    "write": write,
    "shutdown": lambda path, fd: fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH)),
}
COMMANDS = {
    "freeze": ["freeze"],
    "thaw": ["thaw"],
    "refreeze": ["thaw", "freeze"],
    "rewrite": ["thaw", "write", "freeze"],
    "shutdown": ["shutdown"],
}

for line in sys.stdin:
    command, path = line.rstrip("\n").split(" ", 1)
    start, failed, name = time.monotonic_ns(), "", ""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for step in COMMANDS[command]:
            failed = step
            STEPS[step](path, fd)
        failed = ""
    except OSError as error:
        name = errno.errorcode.get(error.errno, str(error.errno))
    finally:
        os.close(fd)
    us = (time.monotonic_ns() - start) // 1000
    print(json.dumps({"errno": name, "step": failed, "us": us}), flush=True)
