"""writer.py KIND DIRECTORY PAUSE_MS: changes the directory's file system without pause, in one way, for ever.
Each completed operation is one line on stdout: SEQUENCE START END WALL, the first two times in nanoseconds on
CLOCK_BOOTTIME (before and after it), WALL the start on CLOCK_REALTIME. Records in files begin with "SEQUENCE WALL"."""
import ctypes
import mmap
import os
import struct
import sys
import time

kind, directory, pause = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000
libc = ctypes.CDLL(None, use_errno=True)
PAGE = 4096
CREATE = os.O_CREAT | os.O_RDWR
path = os.path.join(directory, "writer-" + kind)


def call(result, name):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)))
    return result


def record(sequence):
    return b"%d %d\n" % (sequence, time.time_ns())


def aligned():
    """A buffer as O_DIRECT wants it: whole pages."""
    return mmap.mmap(-1, PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def fill(buffer, sequence):
    buffer[:] = record(sequence).ljust(PAGE, b"\0")


def address(buffer):
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def buffered():
    fd = os.open(path, CREATE | os.O_APPEND, 0o644)

    def step(sequence):
        os.write(fd, record(sequence))
        os.fsync(fd)

    return step


def direct():
    fd, buffer = os.open(path, CREATE | os.O_DIRECT, 0o644), aligned()

    def step(sequence):
        fill(buffer, sequence)
        os.pwritev(fd, [buffer], sequence % 256 * PAGE)
        os.fsync(fd)

    return step


def aio():
    """io_setup(2), io_submit(2), io_getevents(2) with O_DIRECT."""
    setup, submit, getevents = {"x86_64": (206, 209, 208), "aarch64": (0, 2, 4)}[os.uname().machine]
    fd, buffer = os.open(path, CREATE | os.O_DIRECT, 0o644), aligned()
    context = ctypes.c_ulong(0)
    call(libc.syscall(setup, 1, ctypes.byref(context)), "io_setup")
    events = ctypes.create_string_buffer(32)

    def step(sequence):
        fill(buffer, sequence)
        # struct iocb: data, key, rw_flags, opcode (1 is PWRITE), priority, fd, buffer, bytes, offset, ...
        iocb = ctypes.create_string_buffer(
            struct.pack("<QIIHhIQQqQII", 0, 0, 0, 1, 0, fd, address(buffer), PAGE,
                        sequence % 256 * PAGE, 0, 0, 0), 64)
        pointer = ctypes.c_void_p(ctypes.addressof(iocb))
        call(libc.syscall(submit, context, ctypes.c_long(1), ctypes.byref(pointer)), "io_submit")
        call(libc.syscall(getevents, context, ctypes.c_long(1), ctypes.c_long(1), events, None),
             "io_getevents")
        written = struct.unpack_from("<QQqq", events)[2]
        if written != PAGE:
            raise OSError(-written, "aio write: %s" % os.strerror(-written))

    return step


def io_uring():
    """One ring of two entries, io_uring_setup(2) and io_uring_enter(2); IORING_OP_WRITE is 23 (Linux 5.6)."""
    params = ctypes.create_string_buffer(120)
    ring = call(libc.syscall(425, 2, params), "io_uring_setup")
    sq_entries, cq_entries, _, _, _, features = struct.unpack_from("<6I", params)
    sq_off, cq_off = struct.unpack_from("<8I", params, 40), struct.unpack_from("<8I", params, 80)
    size = max(sq_off[6] + 4 * sq_entries, cq_off[5] + 16 * cq_entries)
    if not features & 1:
        sys.exit("io_uring without IORING_FEAT_SINGLE_MMAP (Linux 5.4)")
    rings = mmap.mmap(ring, size, mmap.MAP_SHARED | mmap.MAP_POPULATE, offset=0)
    entries = mmap.mmap(ring, 64 * sq_entries, mmap.MAP_SHARED | mmap.MAP_POPULATE, offset=0x10000000)
    fd, buffer = os.open(path, CREATE, 0o644), aligned()

    def word(offset):
        return struct.unpack_from("<I", rings, offset)[0]

    sq_mask, cq_mask = word(sq_off[2]), word(cq_off[2])

    def step(sequence):
        fill(buffer, sequence)
        tail = word(sq_off[1])
        index = tail & sq_mask
        struct.pack_into("<BBHiQQIIQ24x", entries, 64 * index, 23, 0, 0, fd,
                         sequence % 256 * PAGE, address(buffer), PAGE, 0, sequence)
        struct.pack_into("<I", rings, sq_off[6] + 4 * index, index)
        struct.pack_into("<I", rings, sq_off[1], (tail + 1) & 0xFFFFFFFF)
        # IORING_ENTER_GETEVENTS is 1: wait for the completion.
        call(libc.syscall(426, ring, 1, 1, 1, None, 0), "io_uring_enter")
        head = word(cq_off[0])
        _, written, _ = struct.unpack_from("<QiI", rings, cq_off[5] + 16 * (head & cq_mask))
        struct.pack_into("<I", rings, cq_off[0], (head + 1) & 0xFFFFFFFF)
        if written != PAGE:
            raise OSError(-written, "io_uring write: %s" % os.strerror(-written))

    return step


def mapped():
    fd = os.open(path, CREATE, 0o644)
    os.ftruncate(fd, PAGE)
    memory = mmap.mmap(fd, PAGE, mmap.MAP_SHARED)

    def step(sequence):
        fill(memory, sequence)
        # The page is clean and write-protected after it: the next store faults again.
        memory.flush()

    return step


def truncate():
    fd = os.open(path, CREATE, 0o644)
    return lambda sequence: os.ftruncate(fd, sequence % 64 * 100)


def rename():
    names = [path + ".a", path + ".b"]
    os.close(os.open(names[0], CREATE, 0o644))
    return lambda sequence: os.rename(names[sequence % 2], names[1 - sequence % 2])


def xattr():
    os.close(os.open(path, CREATE, 0o644))
    return lambda sequence: os.setxattr(path, "user.sequence", record(sequence))


def mkdir():
    def step(sequence):
        os.mkdir("%s-%d" % (path, sequence))
        if sequence > 0:
            os.rmdir("%s-%d" % (path, sequence - 1))

    return step


def unlink():
    """Each removal is followed by making the file anew: on a frozen file system the removal is what blocks."""
    names = [path + ".0", path + ".1"]
    for name in names:
        os.close(os.open(name, CREATE, 0o644))

    def step(sequence):
        os.unlink(names[sequence % 2])
        os.close(os.open(names[sequence % 2], CREATE, 0o644))

    return step


step = {
    "buffered": buffered, "direct": direct, "aio": aio, "io_uring": io_uring, "mmap": mapped,
    "truncate": truncate, "rename": rename, "xattr": xattr, "mkdir": mkdir, "unlink": unlink,
}[kind]()
sequence = 0
while True:
    wall, start = time.time_ns(), time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    step(sequence)
    end = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    sys.stdout.write("%d %d %d %d\n" % (sequence, start, end, wall))
    sys.stdout.flush()
    sequence += 1
    if pause > 0:
        time.sleep(pause)
