// The driver of the Go client, as test/conformance/README.md describes it: it takes commands from stdin
// and tells answers and events on stdout, one JSON object a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// object is a JSON object to be told.
type object = map[string]any

// mouth tells lines, one at a time.
type mouth struct {
	mu      sync.Mutex
	encoder *json.Encoder
}

func (m *mouth) tell(line object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.encoder.Encode(line); err != nil {
		fmt.Fprintf(os.Stderr, "driver: %v\n", err)
	}
}

func (m *mouth) event(name string, fields object) {
	line := object{"event": name}
	for key, value := range fields {
		line[key] = value
	}
	m.tell(line)
}

func (m *mouth) answer(id int64, ok object, err error) {
	if err != nil {
		m.tell(object{"id": id, "error": errorObject(err)})
		return
	}
	if ok == nil {
		ok = object{}
	}
	m.tell(object{"id": id, "ok": ok})
}

func main() {
	d := newDriver(&mouth{encoder: json.NewEncoder(os.Stdout)})
	d.out.event("ready", object{"language": "go", "forms": []string{"defer", "WithHold"}})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			fmt.Fprintf(os.Stderr, "driver: %v: %s\n", err, lines.Bytes())
			os.Exit(1)
		}
		if c.Do == "exit" {
			d.out.answer(c.ID, nil, nil)
			return
		}
		d.do(c)
	}
	// Whatever is open is forgotten, as by any program whose main returns.
}
