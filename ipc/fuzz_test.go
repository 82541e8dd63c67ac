package ipc

import (
	"encoding/json"
	"testing"
)

// FuzzRequest gives the server's side of a connection any line: what passes is a request as JSON-RPC has it, what does not gets an answer that is
// JSON, and parameters of any shape are decoded or refused with a place.
func FuzzRequest(f *testing.F) {
	for _, line := range []string{
		alive, `[` + alive + `,` + alive + `]`, `{}`, `[]`, `null`, `17`, `"x"`, `{"jsonrpc":"2.0","id":null,"method":"m"}`, `{"jsonrpc":"2.0","id":1.5,"method":"m"}`,
		`{"jsonrpc":"2.0","id":1,"method":"m","params":{"name":1,"count":300,"lines":[{"number":"x"}],"limit":-1}}`, `{"jsonrpc":"2.0","method":"m","params":[1]}`,
		`{"jsonrpc":"2.0","id":"a","method":"m","params":{"name":"x","unknown":{}}}`, `[{"jsonrpc":"2.0","id":1,"method":"m"},7]`, `{"a":{"a":{"a":{}}}}`, `{"id":1e999}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if len(line) == 0 {
			return
		}
		v := inspect(line)
		if v.bad != nil {
			answer := v.members
			if answer == nil {
				answer = errorRecord(v.id, v.bad)
			}
			if !json.Valid(answer) || v.bad.Message == "" {
				t.Errorf("%q is answered %q", line, answer)
			}
			return
		}
		if !json.Valid(line) {
			t.Errorf("%q passes", line)
		}
		var call struct {
			Params json.RawMessage `json:"params"`
		}
		if json.Unmarshal(line, &call) != nil {
			return // a list
		}
		var p params
		if bad := decode(call.Params, &p); bad != nil && bad.Message == "" {
			t.Errorf("%q is refused without a word", line)
		}
	})
}
