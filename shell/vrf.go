package shell

import (
	"context"
	"errors"
	"io"

	"bgpsh/ipc/grammar"
)

// instances makes a verb answer for `vrf all` as FRR does: under the name of
// each VRF, of which there is one. A command that names a VRF, or asks for
// our own keys, is answered as without it.
func instances(v verb) verb {
	return func(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
		if c.Args.Text("vrf") != "all" || c.Args.Has("native") {
			return v(s, ctx, c, w)
		}
		in := &instance{w: w, opening: "\nInstance default:\n"}
		if wantsJSON(c) {
			in.opening, in.closing = "{\n\"default\":", "}\n"
		}
		err := v(s, ctx, c, in)
		if in.opening == "" { // something was written
			io.WriteString(w, in.closing)
		}
		var f *failure
		if errors.As(err, &f) && f.document != nil {
			f.document = (&object{}).set("default", f.document)
		}
		return err
	}
}

// instance writes an opening before the first that is written to it.
type instance struct {
	w                io.Writer
	opening, closing string // opening is empty once it is written
}

func (in *instance) Write(b []byte) (int, error) {
	if in.opening != "" && len(b) > 0 {
		if _, err := io.WriteString(in.w, in.opening); err != nil {
			return 0, err
		}
		in.opening = ""
	}
	return in.w.Write(b)
}
