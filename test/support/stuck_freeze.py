"""stuck_freeze.py MOUNT_POINT: a write(2) that stops half-way and holds the superblock's write lock, so that a FIFREEZE hangs
until this process is killed. The page of its buffer is withheld by userfaultfd; syncfs(2) is not affected."""
import ctypes
import fcntl
import mmap
import os
import struct
import sys

NUMBER = {"x86_64": 323, "aarch64": 282}[os.uname().machine]
UFFDIO_API, UFFDIO_REGISTER = 0xC018AA3F, 0xC020AA00
SIZE = 1 << 16

libc = ctypes.CDLL(None, use_errno=True)
uffd = libc.syscall(NUMBER, os.O_CLOEXEC | os.O_NONBLOCK)
if uffd < 0:
    sys.exit("userfaultfd: " + os.strerror(ctypes.get_errno()))
fcntl.ioctl(uffd, UFFDIO_API, bytearray(struct.pack("<QQQ", 0xAA, 0, 0)))
page = mmap.mmap(-1, SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
fcntl.ioctl(uffd, UFFDIO_REGISTER, bytearray(struct.pack("<QQQQ", address, SIZE, 1, 0)))
fd = os.open(os.path.join(sys.argv[1], "stuck-%d" % os.getpid()), os.O_CREAT | os.O_WRONLY, 0o644)
os.fsync(fd)
libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
print("writing", flush=True)
result = libc.write(fd, address, 4096)
sys.exit("the write returned %d: %s" % (result, os.strerror(ctypes.get_errno())))
