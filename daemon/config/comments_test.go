package config

import (
	"strings"
	"testing"
)

func TestCommentsStay(t *testing.T) {
	old := textLines(`
! edge router, rack 7
! call the NOC before changes
!
frr defaults traditional
hostname r1
! the transit router
router bgp 65000
 ! upstream A, ticket 4711
 ! second line
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.1 description old
 # removed soon
 neighbor 10.0.0.2 remote-as 65002
 neighbor 10.0.0.3 remote-as 65003
 address-family ipv4 unicast
  ! the big one
  network 10.0.0.0/8
  ! the small one
  network 192.0.2.0/24
  ! before its end
 exit-address-family
exit
!
! the last word
`)
	c := applyTo(t, parsed(t, strings.Join(old, "\n")), `
router bgp 65000
 no neighbor 10.0.0.2
 no network 192.0.2.0/24
 neighbor 10.0.0.1 remote-as 65009
 network 198.51.100.0/24
`)
	got := rendered(c, old)
	want := strings.Trim(`
! edge router, rack 7
! call the NOC before changes
!
frr defaults traditional
hostname r1
!
! the transit router
router bgp 65000
 ! upstream A, ticket 4711
 ! second line
 neighbor 10.0.0.1 remote-as 65009
 neighbor 10.0.0.1 description old
 neighbor 10.0.0.3 remote-as 65003
 !
 address-family ipv4 unicast
  ! the big one
  network 10.0.0.0/8
  network 198.51.100.0/24
 ! before its end
 exit-address-family
exit
!
! the last word
end
`, "\n")
	if got != want {
		t.Errorf("writes\n%s\nwant\n%s", got, want)
	}
	if again := rendered(c, strings.Split(got, "\n")); again != got {
		t.Errorf("writing again changes it:\n%s", again)
	}
	if d := Diff(c, parsed(t, got)); len(d) > 0 {
		t.Errorf("the comments change the meaning: %v", d)
	}
}

// Comments stay with the rules of prefix lists in whatever form these were written, with another number too, and with a description.
func TestCommentsOnPrefixLists(t *testing.T) {
	old := textLines(`
ip prefix-list A description  old   words
! without a number
ip prefix-list A permit 10.0.0.0/8
! host bits
ip prefix-list A seq 10 permit 10.1.0.1/16
! abbreviated
ip prefix-l A seq 15 perm 10.2.0.0/16
! the other order
ip prefix-list A seq 20 deny 10.3.0.0/16 le 24 ge 20
! gone
ip prefix-list A seq 25 permit 10.4.0.0/16
! upper case
ipv6 prefix-list A seq 5 permit 2001:DB8::/32
! another number by now
ipv6 prefix-list A seq 10 permit any
! about it
ipv6 prefix-list A description old
`)
	c := applyTo(t, parsed(t, strings.Join(old, "\n")), `
no ip prefix-list A seq 25
no ipv6 prefix-list A seq 10
ipv6 prefix-list A seq 30 permit any
ipv6 prefix-list A description new
`)
	want := strings.Trim(`
!
frr defaults bgpsh
ip prefix-list A description old   words
! without a number
ip prefix-list A seq 5 permit 10.0.0.0/8
! host bits
ip prefix-list A seq 10 permit 10.1.0.0/16
! abbreviated
ip prefix-list A seq 15 permit 10.2.0.0/16
! the other order
ip prefix-list A seq 20 deny 10.3.0.0/16 ge 20 le 24
!
! about it
ipv6 prefix-list A description new
! upper case
ipv6 prefix-list A seq 5 permit 2001:db8::/32
! another number by now
ipv6 prefix-list A seq 30 permit any
!
end
`, "\n")
	if got := rendered(c, old); got != want {
		t.Errorf("writes\n%s\nwant\n%s", got, want)
	}
}

func TestCommentsWithoutAnOldFile(t *testing.T) {
	c := parsed(t, "router bgp 65000")
	if got := rendered(c, nil); got != printed(c) {
		t.Errorf("%s", got)
	}
	if got := rendered(&Config{}, textLines("! only a comment")); got != "! only a comment\n!\nfrr defaults bgpsh\nend" {
		t.Errorf("%s", got)
	}
}

func rendered(c *Config, old []string) string {
	text := ""
	if len(old) > 0 {
		text = strings.Join(old, "\n") + "\n"
	}
	return strings.TrimSuffix(string(Render(c, []byte(text))), "\n")
}
