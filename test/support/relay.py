"""relay.py SOCKET UID: forwards every connection to a loopback port, whose number it prints, to the Unix socket, as this user: the
service sees him as the caller. He needs to reach nothing but the socket itself."""
import os
import socket
import sys
import threading


def forward(source, sink):
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            end.close()


directory, name = os.path.split(sys.argv[1])
uid = int(sys.argv[2])
os.chdir(directory)
os.setgroups([])
os.setresgid(uid, uid, uid)
os.setresuid(uid, uid, uid)
server = socket.create_server(("127.0.0.1", 0))
print("port %d" % server.getsockname()[1], flush=True)
while True:
    near, _ = server.accept()
    far = socket.socket(socket.AF_UNIX)
    try:
        far.connect(name)
    except OSError:
        near.close()
        continue
    for ends in ((near, far), (far, near)):
        threading.Thread(target=forward, args=ends, daemon=True).start()
