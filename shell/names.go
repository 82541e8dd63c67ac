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
	maxKinds  = 100 // answers kept
)

// liveKinds are the arguments whose values exist in the daemon. Those that
// are searched are asked for with what has been typed of them, and not before
// anything is: a table has too many.
var liveKinds = map[string]liveKind{
	grammar.KindNeighbor:   {kind: api.NameNeighbor},
	grammar.KindGroup:      {kind: api.NameGroup},
	grammar.KindInterface:  {kind: api.NameInterface},
	grammar.KindRouteMap:   {kind: api.NameRouteMap},
	grammar.KindPrefixList: {kind: api.NamePrefixList},
	grammar.KindPrefix:     {kind: api.NamePrefix, searched: true},
	grammar.KindCommunity:  {kind: api.NameCommunity},
	grammar.KindLarge:      {kind: api.NameLargeCommunity},
}

type liveKind struct {
	kind     api.NameKind
	searched bool
}

// liveNames gives the names of a kind that begin with start; none when the
// daemon does not answer in time.
type liveNames func(kind api.NameKind, start string) []api.Name

// nameCache keeps the names of each kind for a moment.
type nameCache struct {
	mu    sync.Mutex
	kinds map[nameKey]cachedNames
}

type nameKey struct {
	kind  api.NameKind
	start string
}

type cachedNames struct {
	names []api.Name
	until time.Time
}

// liveNames asks the daemon, or remembers what it said a moment ago.
func (s *Shell) liveNames(kind api.NameKind, start string) []api.Name {
	c, key := &s.names, nameKey{kind, start}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.kinds[key]; ok && time.Now().Before(known.until) {
		return known.names
	}
	var answer api.Names
	params := api.NamesParams{Kind: kind, Start: start}
	if s.callFor(context.Background(), nameLimit, api.NamesList, params, &answer) != nil {
		answer.Names = nil // remembered too: the next key must not wait again
	}
	if c.kinds == nil || len(c.kinds) > maxKinds {
		c.kinds = map[nameKey]cachedNames{}
	}
	c.kinds[key] = cachedNames{answer.Names, time.Now().Add(nameAge)}
	return answer.Names
}

// forget drops the names, after a command that may have changed them.
func (c *nameCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kinds = nil
}
