package interop

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// attributes are a route's attributes in one spelling, whichever program printed them. An absent attribute has no key.
type attributes map[string]string

// fields are the attributes that every test compares, in the order of their type codes.
var fields = []string{"origin", "as-path", "next-hop", "med", "local-pref", "atomic", "aggregator", "community", "ext-community",
	"originator", "cluster-list", "large-community", "unknown", "unknown-flags"}

// fromFRR reads the JSON of "show bgp FAMILY unicast PREFIX json", FRR's and ours alike, for the path from the peer. It is nil
// when there is no such path.
func fromFRR(doc map[string]any, peer string) attributes {
	paths, _ := doc["paths"].([]any)
	for _, p := range paths {
		path, _ := p.(map[string]any)
		if from, _ := path["peer"].(map[string]any); from["peerId"] != peer {
			continue
		}
		return pathAttributes(path)
	}
	return nil
}

func pathAttributes(path map[string]any) attributes {
	a := attributes{"origin": fmt.Sprint(path["origin"])}
	text := func(key, in string, parts ...string) {
		v, ok := path[in]
		for _, p := range parts {
			m, _ := v.(map[string]any)
			v, ok = m[p]
		}
		if ok {
			a[key] = fmt.Sprint(v)
		}
	}
	text("as-path", "aspath", "string")
	text("med", "metric")
	text("local-pref", "locPrf")
	text("community", "community", "string")
	text("large-community", "largeCommunity", "string")
	text("ext-community", "extendedCommunity", "string")
	text("originator", "originatorId")
	if c, ok := path["clusterList"].(map[string]any); ok {
		list, _ := c["list"].([]any)
		a["cluster-list"] = strings.Trim(fmt.Sprint(list), "[]")
	}
	if as, ok := path["aggregatorAs"]; ok {
		a["aggregator"] = fmt.Sprintf("%v %v", as, path["aggregatorId"])
	}
	if path["atomicAggregate"] == true {
		a["atomic"] = "yes"
	}
	hops, _ := path["nexthops"].([]any)
	for _, h := range hops {
		if hop, _ := h.(map[string]any); hop["scope"] != "link-local" {
			a["next-hop"] = fmt.Sprint(hop["ip"])
		}
	}
	return a
}

// fromBIRD puts what birdc prints into the same spelling; nil stays nil.
func fromBIRD(b map[string]string) attributes {
	if b == nil {
		return nil
	}
	a := attributes{}
	put := func(key, in string, f func(string) string) {
		if v, ok := b[in]; ok {
			a[key] = f(v)
		}
	}
	same := func(s string) string { return s }
	// BIRD's communities are tuples: (65002,100) and (65002, 1, 100).
	tuples := func(s string) string {
		s = strings.ReplaceAll(s, ", ", ",")
		var out []string
		for _, t := range strings.Fields(s) {
			out = append(out, strings.ReplaceAll(strings.Trim(t, "()"), ",", ":"))
		}
		return strings.Join(out, " ")
	}
	for key, v := range b {
		if code, err := strconv.ParseUint(strings.TrimSuffix(key, " [t]"), 16, 8); err == nil {
			a["unknown"] = unknownAttribute(int(code), strings.ReplaceAll(v, " ", ""))
		}
	}
	put("origin", "origin", same)
	put("as-path", "as_path", same)
	put("next-hop", "next_hop", func(s string) string { return strings.Fields(s)[0] })
	put("med", "med", same)
	put("local-pref", "local_pref", same)
	put("atomic", "atomic_aggr", func(string) string { return "yes" })
	put("aggregator", "aggregator", func(s string) string {
		f := strings.Fields(s)
		return strings.TrimPrefix(f[1], "AS") + " " + f[0]
	})
	put("originator", "originator_id", same)
	put("cluster-list", "cluster_list", same)
	put("community", "community", tuples)
	put("large-community", "large_community", tuples)
	put("ext-community", "ext_community", func(s string) string {
		s = strings.ReplaceAll(tuples(s), "rt:", "RT:")
		return strings.ReplaceAll(s, "ro:", "SoO:")
	})
	return a
}

// compare fails for each field that differs and prints the row of the table in any case.
func compare(t *testing.T, what string, got, want attributes) {
	t.Helper()
	if got == nil {
		t.Errorf("%s: no such route", what)
		return
	}
	for _, f := range fields {
		g, w := sorted(f, got[f]), sorted(f, want[f])
		mark := "equal"
		if g != w {
			mark = "DIFFERS"
			t.Errorf("%s: %s is %q, want %q", what, f, got[f], want[f])
		}
		if g != "" || w != "" {
			t.Logf("| %s | %s | %s | %s |", what, f, g, mark)
		}
	}
}

// unknownAttribute is an attribute without a name: its type code and its value in hex digits.
func unknownAttribute(code int, hex string) string {
	return fmt.Sprintf("%d: %s", code, strings.ToLower(hex))
}

// flags spells the flags of an attribute as OpenBGPD does: optional, transitive, partial. The bit of the long form says nothing.
func flags(bits int) string {
	s := ""
	for i, c := range "OTP" {
		if bits&(0x80>>i) != 0 {
			s += string(c)
		}
	}
	return s
}

// sorted makes sets comparable: the order of communities means nothing. BIRD spells an origin IGP, EGP, Incomplete.
func sorted(field, v string) string {
	switch {
	case strings.Contains(field, "community"):
		parts := strings.Fields(v)
		sort.Strings(parts)
		return strings.Join(parts, " ")
	case field == "origin":
		return strings.ToLower(v)
	}
	return v
}

// settled waits until have gives a route, and returns it.
func settled(t *testing.T, what string, have func() attributes) attributes {
	t.Helper()
	var a attributes
	within(t, 20*time.Second, what, func() error {
		if a = have(); a == nil {
			return fmt.Errorf("not there")
		}
		return nil
	})
	return a
}

// gone waits until have gives no route.
func gone(t *testing.T, what string, have func() attributes) {
	t.Helper()
	within(t, 20*time.Second, what+" leaves", func() error {
		if a := have(); a != nil {
			return fmt.Errorf("still there: %v", a)
		}
		return nil
	})
}
