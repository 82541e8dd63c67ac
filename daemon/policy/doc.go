// Package policy decides which routes a neighbor may announce to us or is sent, and what is changed on them. It holds no text
// of the configuration and does no I/O.
//
// The configuration describes a neighbor's policy in one direction and family as a Spec; Compile makes a Policy of it, which
// is immutable, shared by any number of goroutines, and replaced whole when the configuration changes. So no route ever meets
// half of an edit: it is judged by the old Policy or by the new one.
//
// Eval judges a route and edits it. Where the verdict does not depend on the prefix (ByPrefix is false) callers keep the
// result for a whole attribute set, and most of the work of a full table is done once for thousands of prefixes. Where it
// does, the allow rules are sets in a hash (prefixset.go), so the cost of a verdict does not grow with the number of rules.
//
// Every refusal has a Reason, and Explain names the rule, because an operator's first question about a missing route is
// which line refused it.
//
// Reading order: rule.go (one rule and what it covers), policy.go (Spec, Policy, Eval), prefixset.go, edit.go.
package policy
