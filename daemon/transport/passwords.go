package transport

import "net/netip"

// passwords are the keys that one listener demands: by prefix, then by the interface that asked for it. The kernel neither
// lists its keys nor tells interfaces apart, so who wants what is kept here.
type passwords map[netip.Prefix]map[string]Secret

// set records what iface demands of peers, an empty key to end it, after apply has put it in force. apply is not called
// when nothing changes for the listener. On error nothing is recorded.
func (p passwords) set(peers netip.Prefix, iface string, key Secret, apply func() error) error {
	users := p[peers]
	for other, k := range users {
		if other == iface {
			continue
		}
		if key == "" || k == key { // somebody else still wants the key that is in force
			if key == "" {
				delete(users, iface)
			} else {
				users[iface] = key
			}
			return nil
		}
		return ErrPasswordConflict
	}
	if users[iface] == key {
		return nil
	}
	if err := apply(); err != nil {
		return err
	}
	if key == "" {
		delete(p, peers)
	} else {
		p[peers] = map[string]Secret{iface: key}
	}
	return nil
}

// lookup is the key for one caller: that of the longest prefix, empty when none is demanded.
func (p passwords) lookup(a netip.Addr) (key Secret) {
	best := -1
	for peers, users := range p {
		if peers.Bits() > best && peers.Contains(a.WithZone("")) {
			best = peers.Bits()
			for _, key = range users {
			}
		}
	}
	return key
}
