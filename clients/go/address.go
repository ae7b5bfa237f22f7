package fsfreeze

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// sockaddr_un.sun_path has 108 bytes on Linux, one of them for the closing NUL (unix(7)).
const longestSocketPath = 107

// address is where a service listens, as package net names it.
type address struct {
	network string // "unix" or "tcp"
	dial    string // a path, or HOST:PORT
}

// parseAddress takes unix:PATH, unix:///PATH, a bare absolute path, and HOST:PORT ([ADDRESS]:PORT
// for IPv6).
func parseAddress(text string) (address, error) {
	if path, ok := strings.CutPrefix(text, "unix://"); ok {
		if !strings.HasPrefix(path, "/") {
			return address{}, fmt.Errorf("fsfreeze: address %q: write unix:%s or unix:///absolute/path", text, path)
		}
		return unixAddress(path)
	}
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		return unixAddress(path)
	}
	if strings.HasPrefix(text, "/") {
		return unixAddress(text)
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" || strings.ContainsAny(host, " \t\r\n/") {
		return address{}, fmt.Errorf("fsfreeze: address %q is neither unix:PATH nor HOST:PORT", text)
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return address{}, fmt.Errorf("fsfreeze: address %q: the port is none", text)
	}
	return address{network: "tcp", dial: text}, nil
}

func unixAddress(path string) (address, error) {
	switch {
	case path == "":
		return address{}, fmt.Errorf("fsfreeze: the path of the Unix socket is empty")
	case len(path) > longestSocketPath:
		return address{}, fmt.Errorf("fsfreeze: a Unix socket's path has at most %d bytes", longestSocketPath)
	}
	return address{network: "unix", dial: path}, nil
}
