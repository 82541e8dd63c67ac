package shell

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// columnGap stands between the columns of our own tables.
const columnGap = "  "

// leastColumn is the width below which a column is not made narrower.
const leastColumn = 10

// fitTable wraps cells so that a table takes no more than width columns, as
// far as columns of leastColumn allow that.
func fitTable(header []string, rows [][]string, width int) [][]string {
	widths := make([]int, len(header))
	for i, cell := range header {
		widths[i] = utf8.RuneCountInString(cell)
	}
	for _, row := range rows {
		for i, cell := range row {
			for _, line := range strings.Split(cell, "\n") {
				widths[i] = max(widths[i], utf8.RuneCountInString(line))
			}
		}
	}
	limits := narrow(widths, width-len(columnGap)*(len(header)-1))
	if slices.Equal(limits, widths) {
		return rows
	}
	fitted := make([][]string, len(rows))
	for n, row := range rows {
		fitted[n] = make([]string, len(row))
		for i, cell := range row {
			fitted[n][i] = wrap(cell, limits[i])
		}
	}
	return fitted
}

// narrow takes columns from the widest until all fit in width.
func narrow(widths []int, width int) []int {
	limits, sum := slices.Clone(widths), 0
	for _, w := range widths {
		sum += w
	}
	for ; sum > width; sum-- {
		widest := 0
		for i := range limits {
			if limits[i] > limits[widest] {
				widest = i
			}
		}
		if limits[widest] <= leastColumn {
			break
		}
		limits[widest]--
	}
	return limits
}

// wrap cuts a text into lines of at most width characters, at blanks where
// there are any.
func wrap(text string, width int) string {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		rest := []rune(line)
		for len(rest) > width {
			at := width
			for at > 0 && rest[at] != ' ' {
				at--
			}
			cut := at
			if at == 0 {
				at, cut = width, width
			} else {
				at++ // the blank goes
			}
			lines = append(lines, strings.TrimRight(string(rest[:cut]), " "))
			rest = rest[at:]
		}
		lines = append(lines, string(rest))
	}
	return strings.Join(lines, "\n")
}
