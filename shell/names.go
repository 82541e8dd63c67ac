package shell

import (
	"context"
	"sync"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// Completion must not make anybody wait: names come within nameLimit or not
// at all, and are good for nameAge.
const (
	nameLimit = 200 * time.Millisecond
	nameAge   = 5 * time.Second
)

// liveKinds are the arguments whose values exist in the daemon.
var liveKinds = map[string]api.NameKind{
	grammar.KindNeighbor:   api.NameNeighbor,
	grammar.KindGroup:      api.NameGroup,
	grammar.KindInterface:  api.NameInterface,
	grammar.KindRouteMap:   api.NameRouteMap,
	grammar.KindPrefixList: api.NamePrefixList,
}

// nameCache keeps the names of each kind for a moment.
type nameCache struct {
	mu    sync.Mutex
	kinds map[api.NameKind]cachedNames
}

type cachedNames struct {
	names []api.Name
	until time.Time
}

// liveNames gives the names of a kind; none when the daemon does not answer
// in time.
func (s *Shell) liveNames(kind api.NameKind) []api.Name {
	c := &s.names
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.kinds[kind]; ok && time.Now().Before(known.until) {
		return known.names
	}
	var answer api.Names
	if s.callFor(context.Background(), nameLimit, api.NamesList, api.NamesParams{Kind: kind}, &answer) != nil {
		answer.Names = nil // remembered too: the next key must not wait again
	}
	if c.kinds == nil {
		c.kinds = map[api.NameKind]cachedNames{}
	}
	c.kinds[kind] = cachedNames{answer.Names, time.Now().Add(nameAge)}
	return answer.Names
}

// forget drops the names, after a command that may have changed them.
func (c *nameCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kinds = nil
}
