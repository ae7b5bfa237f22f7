package fsfreeze

import (
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]address{
		"unix:/run/f.sock":          {"unix", "/run/f.sock"},
		"unix:///run/f.sock":        {"unix", "/run/f.sock"},
		"unix:f.sock":               {"unix", "f.sock"},
		"/run/f.sock":               {"unix", "/run/f.sock"},
		"unix:/run/100% of?that#.s": {"unix", "/run/100% of?that#.s"},
		"localhost:443":             {"tcp", "localhost:443"},
		"[::1]:443":                 {"tcp", "[::1]:443"},
	} {
		if got, err := parseAddress(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "unix:", "unix://", "unix://run/f.sock", "unix:" + strings.Repeat("x", 108), "localhost",
		"localhost:", "localhost:0", "localhost:65536", ":443", "::1:443", "a b:443", "http://localhost:443",
	} {
		if got, err := parseAddress(text); err == nil {
			t.Errorf("%q was taken for %v", text, got)
		}
	}
}
