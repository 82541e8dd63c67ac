package wire

// Subtypes of a ROUTE-REFRESH (RFC 7313 3.2).
const (
	RefreshRequest uint8 = 0 // send everything again (RFC 2918)
	RefreshBegin   uint8 = 1 // BoRR: everything follows
	RefreshEnd     uint8 = 2 // EoRR: what was not sent since BoRR is gone
)

// RouteRefresh asks for a family again or brackets the answer. A subtype above
// RefreshEnd is to be ignored (RFC 7313 5).
type RouteRefresh struct {
	Family  Family
	Subtype uint8
	Filter  *FilterUpdate // of a request that carries outbound route filters; nil: none
}

// ParseRouteRefresh reads the body of a ROUTE-REFRESH. A length other than 4 is
// the error 7/1 with the whole message as data (RFC 7313 5), but for a request
// with outbound route filters (RFC 5291) where filters is true: they are agreed.
func ParseRouteRefresh(body []byte, filters bool) (RouteRefresh, *Error) {
	longer := filters && len(body) > 4 && body[2] == RefreshRequest
	if len(body) != 4 && !longer {
		whole := finish(append(appendHeader(nil, TypeRouteRefresh), body...), 0)
		return RouteRefresh{}, resetError(CodeRouteRefresh, RefreshBadLength, limitData(whole),
			"ROUTE-REFRESH of %d octets after the header, expected 4", len(body))
	}
	// RFC 7313 put the subtype in what RFC 2918 reserved, between AFI and SAFI.
	r := RouteRefresh{Family: NewFamily(uint16(body[0])<<8|uint16(body[1]), body[3]), Subtype: body[2]}
	if longer {
		r.Filter = parseFilter(r.Family, body[4:])
	}
	return r, nil
}

// AppendRouteRefresh adds a whole ROUTE-REFRESH, without filters.
func AppendRouteRefresh(dst []byte, r RouteRefresh) []byte {
	start := len(dst)
	dst = appendHeader(dst, TypeRouteRefresh)
	dst = append(dst, byte(r.Family>>16), byte(r.Family>>8), r.Subtype, byte(r.Family))
	return finish(dst, start)
}
