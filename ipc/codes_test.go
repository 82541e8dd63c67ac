package ipc

import (
	"testing"

	"bgpsh/ipc/api"
)

func TestCodesAreThoseOfTheAPI(t *testing.T) {
	for code, want := range map[int]int{
		CodeNotAllowed: api.CodeNotAllowed, CodeStopping: api.CodeStopping, CodeBusy: api.CodeBusy, CodeTooLong: api.CodeTooLong,
	} {
		if code != want {
			t.Errorf("code %d is %d in ipc/api", code, want)
		}
	}
}
