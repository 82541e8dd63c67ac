package journal

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"sort"

	"bgpsh/fsm"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// Topic is something that an operator wants to see in the log as it happens, whatever the levels say.
type Topic uint8

// The topics, in the order in which they are shown.
const (
	TopicEvents     Topic = iota // what happens to a neighbor's machine, and its dials
	TopicKeepalives              // KEEPALIVE messages, both ways
	TopicUpdatesIn               // UPDATE messages that were received
	TopicUpdatesOut              // UPDATE messages that were sent

	numTopics = int(TopicUpdatesOut) + 1
	noTopic   = Topic(numTopics)
)

var topicNames = [numTopics]string{"neighbor-events", "keepalives", "updates in", "updates out"}

// String is the name that an operator knows.
func (t Topic) String() string {
	if int(t) >= numTopics {
		return fmt.Sprintf("topic %d", uint8(t))
	}
	return topicNames[t]
}

// ParseTopics finds topics by the name that an operator knows: "updates" is both ways.
func ParseTopics(s string) ([]Topic, error) {
	if s == "updates" {
		return []Topic{TopicUpdatesIn, TopicUpdatesOut}, nil
	}
	if i := slices.Index(topicNames[:], s); i >= 0 {
		return []Topic{Topic(i)}, nil
	}
	return nil, fmt.Errorf("%q is not a topic: neighbor-events, keepalives, updates, updates in or updates out", s)
}

// Debugged is one thing that is shown as it happens. Neighbor and Prefix narrow it, each where it is given; Prefix is for
// UPDATEs alone, which must name exactly that prefix.
type Debugged struct {
	Topic    Topic
	Neighbor string
	Prefix   netip.Prefix
}

// maxDebugged bounds how many things are shown at once: each is looked at for every message.
const maxDebugged = 64

// Debug shows a thing as it happens, or with on false no more. Something that is so already is no error.
func (j *Journal) Debug(what Debugged, on bool) error {
	for {
		old := j.debugged.Load()
		all := slices.DeleteFunc(slices.Clone(*old), func(d Debugged) bool { return d == what })
		if on {
			if len(all) == maxDebugged {
				return fmt.Errorf("%d things are debugged already, which is the most: undebug all, or one of them", maxDebugged)
			}
			all = append(all, what)
		}
		sort.Slice(all, func(i, j int) bool {
			a, b := &all[i], &all[j]
			return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Neighbor, b.Neighbor), a.Prefix.Compare(b.Prefix)) < 0
		})
		if j.debugged.CompareAndSwap(old, &all) {
			return nil
		}
	}
}

// DebugNothing ends all of Debug.
func (j *Journal) DebugNothing() { j.debugged.Store(new([]Debugged)) }

// Debugging is what Debug shows, in the order of topic, neighbor and prefix. The caller must not change it.
func (j *Journal) Debugging() []Debugged { return *j.debugged.Load() }

// debugs reports whether a thing of the neighbor is to be shown. message is the UPDATE for the topics that filter by prefix.
func (s *Session) debugs(t Topic, message []byte, p *wire.Params) bool {
	for _, d := range *s.j.debugged.Load() {
		if d.Topic == t && (d.Neighbor == "" || d.Neighbor == s.neighbor) && (!d.Prefix.IsValid() || names(message, p, d.Prefix)) {
			return true
		}
	}
	return false
}

// debugged reports whether anything of the neighbor is to be shown.
func (s *Session) debugged() bool {
	return slices.ContainsFunc(*s.j.debugged.Load(), func(d Debugged) bool { return d.Neighbor == "" || d.Neighbor == s.neighbor })
}

// names reports whether an UPDATE announces or withdraws exactly a prefix.
func names(message []byte, p *wire.Params, prefix netip.Prefix) (found bool) {
	if p == nil || messageType(message) != wire.TypeUpdate || len(message) < wire.HeaderLen {
		return false
	}
	u, err := wire.ParseUpdate(message[wire.HeaderLen:], p)
	if err != nil {
		return false
	}
	u.Parts(func(part wire.Part) bool {
		for n, ok := part.NLRI.Next(); ok && !found; n, ok = part.NLRI.Next() {
			found = n.Prefix.Netip(part.Family) == prefix
		}
		return !found
	})
	return found
}

// messageTopic is the topic of a message, noTopic for one that has none.
func messageTopic(t wire.Type, sent bool) Topic {
	switch {
	case t == wire.TypeKeepalive:
		return TopicKeepalives
	case t == wire.TypeUpdate && sent:
		return TopicUpdatesOut
	case t == wire.TypeUpdate:
		return TopicUpdatesIn
	}
	return noTopic
}

// noteTopic is the topic of a note.
func noteTopic(k fsm.NoteKind) Topic {
	if k == fsm.NoteSending || k == fsm.NoteKeepaliveReceived {
		return TopicKeepalives
	}
	return TopicEvents
}

// messageLevel is the level that the record of a message is written with, 0 for not at all. natural is what it has by
// itself; one that only Debug shows is for debugging.
func (c *Conn) messageLevel(natural logline.Level, sent bool, b []byte, p *wire.Params) logline.Level {
	switch {
	case c.enabled(natural):
		return natural
	case c.s.debugs(messageTopic(messageType(b), sent), b, p):
		return logline.Debug
	}
	return 0
}
