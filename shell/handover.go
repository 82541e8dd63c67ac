package shell

import (
	"bytes"
	"compress/gzip"
	"context"
	"strings"

	"bgpsh/ipc/api"
)

// byPlace reports that lines are numbered as in a file of theirs, so that
// they can be handed over as its text.
func byPlace(lines []api.Line) bool {
	last := 0
	for i := range lines {
		if lines[i].Number <= last {
			return false
		}
		last = lines[i].Number
	}
	return last <= 2*len(lines)
}

// textOf is the text that lines stand in: those that were left out are empty.
func textOf(lines []api.Line) []byte {
	var b bytes.Buffer
	last := 0
	for i := range lines {
		for last++; last < lines[i].Number; last++ {
			b.WriteByte('\n')
		}
		b.WriteString(lines[i].Text)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// handOverText opens a transaction and gives it a text, packed and in as many
// requests as it needs.
func (s *Shell) handOverText(ctx context.Context, p api.BeginParams, text []byte) (number uint64, err error) {
	var begun api.BeginResult
	if err := s.call(ctx, api.ConfigBegin, p, &begun); err != nil {
		return 0, err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return 0, err
	}
	for len(text) > 0 {
		n := partOf(text)
		b.Reset()
		z.Reset(&b)
		if _, err := z.Write(text[:n]); err != nil {
			return 0, err
		}
		text = text[n:]
		if err := z.Close(); err != nil {
			return 0, err
		}
		params := api.AppendParams{Transaction: begun.Transaction, Packed: b.Bytes()}
		if err := s.call(ctx, api.ConfigAppend, params, nil); err != nil {
			return 0, err
		}
	}
	return begun.Transaction, nil
}

// partOf is how many bytes of a text go in one request: whole lines, one at
// least.
func partOf(text []byte) int {
	if len(text) <= oneRequest {
		return len(text)
	}
	if n := bytes.LastIndexByte(text[:oneRequest], '\n'); n >= 0 {
		return n + 1
	}
	if n := bytes.IndexByte(text, '\n'); n >= 0 {
		return n + 1
	}
	return len(text)
}

// withoutHead is a text with empty lines where the head of a listing stands,
// and with an end of its last line.
func withoutHead(text []byte) []byte {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	head := false
	for line := range strings.Lines(runningHead) {
		line = strings.TrimSpace(line)
		head = head || line != "" && bytes.Contains(text, []byte(line))
	}
	if !head {
		return text
	}
	out := make([]byte, 0, len(text))
	for line := range bytes.Lines(text) {
		if ignorable(string(line)) {
			line = []byte{'\n'}
		}
		out = append(out, line...)
	}
	return out
}
