package shell

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// debug is `debug bgp` and what takes it back. The log has it; `terminal monitor log` shows it here.
func debug(s *Shell, ctx context.Context, c grammar.Command, _ io.Writer) error {
	topic := c.Args.Text("topic")
	if way := c.Args.Text("way"); way != "" {
		topic += " " + way
	}
	p := api.LogDebugParams{
		Topic: topic, Neighbor: peerName(c.Args.Peer("peer")), Prefix: c.Args.Prefix("prefix"), Off: strings.HasPrefix(c.ID, "undebug"),
	}
	return named(s.call(ctx, api.LogDebug, p, nil), "No such neighbor in this view/vrf", p.Neighbor)
}

// showDebugging is `show debugging`, in FRR's words.
func showDebugging(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var all api.Debugging
	if err := s.call(ctx, api.LogDebugging, nil, &all); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printNative(w, all)
	}
	fmt.Fprintln(w, "BGP debugging status:")
	for _, d := range all.Topics {
		fmt.Fprintln(w, "  BGP "+topicTitle(d.Topic)+" debugging is on"+about(&d))
	}
	_, err := fmt.Fprintln(w)
	return err
}

// topicTitle is how FRR calls a topic: "updates (inbound)".
func topicTitle(topic string) string {
	if way, ok := strings.CutPrefix(topic, "updates "); ok {
		return "updates (" + way + "bound)"
	}
	return topic
}

// about narrows what is shown.
func about(d *api.Debugged) (text string) {
	if d.Neighbor != "" {
		text += " for neighbor " + d.Neighbor
	}
	if d.Prefix != (netip.Prefix{}) {
		text += " for prefix " + d.Prefix.String()
	}
	return text
}
