// Package policy decides which routes a neighbor may announce to us or is sent, and what is changed on them: allow rules,
// prefix lists, access lists, AS path lists, lists of communities and route maps. It does no I/O, reads no clock and starts no
// goroutine.
//
// Definitions hold all lists and maps of a configuration by name, as immutable values: an edit puts another value under a
// name, so copies share what did not change. Link makes a Library of them, in which names are resolved and lists are put in a
// form that is searched, not scanned; what did not change from one Library to the next is the same object in both. A neighbor
// is described by a Spec (which lists and maps, which fixed changes) and an Env (what a map may ask about it); the Library
// compiles both into a Policy, which is immutable and shared by any number of goroutines. So no route ever meets half of an
// edit: it is judged by the old Policy or by the new one, and Equal tells by comparing pointers which policies an edit touched.
//
// A Run evaluates a Policy for one goroutine. It takes the routes of one attribute set after another. For a set it keeps a
// small tree of the questions that were asked about prefixes and of what followed from the answers; for each further prefix
// of the set only these questions are asked, and nothing is edited again. Hits are counted in the Run and added to the shared
// counters now and then.
//
// A list or map with a line that could not be applied (Definitions.Broken) refuses all, and so does a map that names such a
// list: an entry with deny would let pass otherwise what it is to stop.
//
// Every refusal has a Reason, and Explain names the map, the entry and the condition, because an operator's first question
// about a missing route is which line refused it.
//
// Reading order: rule.go and prefixset.go (allow rules), prefixlist.go, prefixindex.go, prefixcover.go, accesslist.go, pathlist.go,
// communitylist.go, routemap.go (what a map says), definitions.go, library.go, compiled.go, communityindex.go (which entries a
// route's communities reach), policy.go (Spec, Env, Policy), class.go (what it can tell about a prefix), run.go, interpret.go,
// change.go, explain.go.
package policy
