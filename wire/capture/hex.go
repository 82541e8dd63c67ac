package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxLine bounds a line of text, in octets. The longest message with two
// digits and two separators an octet has a quarter of that.
const maxLine = 1 << 20

var errLineTooLong = errors.New("the line is longer than 1 MiB")

// hex answers each line with one object.
func (d *decoder) hex() error {
	s := d.options.session()
	var buf []byte
	for number := 1; d.failed == nil; number++ {
		line, err := readLine(d.in, buf[:0])
		switch {
		case err == io.EOF:
			return nil
		case err != nil && err != errLineTooLong:
			return err
		}
		o := answer(&s, line, err)
		o.Line = number
		d.put(o)
		if buf = line; cap(buf) > 64<<10 {
			buf = nil
		}
	}
	return nil
}

// answer decodes one line. tooLong is the error that it was not kept.
func answer(s *session, line []byte, tooLong error) *object {
	if tooLong != nil {
		return broken(typeInvalid, tooLong.Error())
	}
	text := bytes.TrimSpace(line)
	switch {
	case len(text) == 0:
		return broken(typeInvalid, "the line is empty")
	case text[0] == '#':
		comment := strings.ToValidUTF8(string(bytes.TrimSpace(text[1:])), "\uFFFD")
		return &object{Type: typeComment, Text: comment}
	}
	message, err := unhex(line)
	switch {
	case err != nil:
		return broken(typeInvalid, err.Error())
	case len(message) == 0:
		return broken(typeInvalid, "the line has no digits")
	}
	return s.whole(message)
}

// readLine appends the next line to buf, without its end. The last line need
// not have one. Of a line that is too long nothing is kept.
func readLine(in *bufio.Reader, buf []byte) ([]byte, error) {
	tooLong := false
	for {
		part, err := in.ReadSlice('\n')
		if len(buf)+len(part) > maxLine {
			tooLong, part = true, nil
		}
		buf = append(buf, part...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(buf) == 0 && !tooLong, err != nil && err != io.EOF:
			return buf, err
		case tooLong:
			return buf[:0], errLineTooLong
		}
		return bytes.TrimSuffix(buf, []byte("\n")), nil
	}
}

// unhex reads pairs of hex digits, with blanks and colons anywhere, in place.
func unhex(line []byte) ([]byte, error) {
	out, digits := line[:0], 0
	var high byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		var v byte
		switch {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			v = c - 'A' + 10
		case c == ' ' || c == '\t' || c == ':' || c == '\r':
			continue
		default:
			r, _ := utf8.DecodeRune(line[i:])
			return nil, fmt.Errorf("%q at octet %d of the line is no hex digit", r, i+1)
		}
		if digits++; digits%2 == 1 {
			high = v << 4
		} else {
			out = append(out, high|v)
		}
	}
	if digits%2 == 1 {
		return nil, fmt.Errorf("%d hex digits, an odd number", digits)
	}
	return out, nil
}
