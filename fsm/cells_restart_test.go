package fsm

// With graceful restart: the peer's new connection ends the old one without a NOTIFICATION, what ends a session for good is a Hard
// Reset where both know it, and a peer that was lost and restarts finds us ready when it dials.
func init() {
	up := "start; dialed 1; open 1 gr=120; keepalive 1"
	notify := "start; dialed 1; open 1 gr=120n; keepalive 1"
	table = append(table,
		situation{Established, "gr=120", up, []cell{
			{accepted, "accepted 2", "established: OPEN>2, read 2 | hold1 1m30s, keepalive1 30s, hold2 4m0s"},
			{stop, "stop", "idle: NOTIFICATION 6/2>1, close 1, down 1 (administrative shutdown) | "},
			{breaks, "broken 1", "active: close 1, down 1 (connection failed) | retry 1s"},
		}},
		situation{Active, "gr=120", up + "; broken 1", []cell{
			{accepted, "accepted 2", "open sent: OPEN>2, read 2 | hold2 4m0s"},
			{connectRetryExpires, "expire retry", "connect: dial 2 | retry 30s"},
		}},
		situation{Active, "gr=120", up + "; broken 1; accepted 2; open 2 gr=120; keepalive 2; broken 2", []cell{
			{accepted, "accepted 3", "open sent: OPEN>3, read 3 | hold3 4m0s"},
			{connectRetryExpires, "expire retry", "connect: dial 3 | retry 30s"},
		}},
		situation{Active, "gr=120 passive", "start; accepted 1; open 1 gr=120; keepalive 1; broken 1", []cell{
			{accepted, "accepted 2", "open sent: OPEN>2, read 2 | hold2 4m0s"},
		}},
		situation{Established, "gr=120", up + "; accepted 2", []cell{
			{open, "open 2 gr=120", "open confirm: close 1, down 1 (connection failed), KEEPALIVE>2 | hold2 1m30s, keepalive2 30s"},
			{accepted, "accepted 3", "established: NOTIFICATION 6/7>2, close 2, OPEN>3, read 3 | hold1 1m30s, keepalive1 30s, hold3 4m0s"},
			{breaks, "broken 2", "established: close 2 | hold1 1m30s, keepalive1 30s"},
			{keepalive, "keepalive 1", "established:  | hold1 1m30s, keepalive1 30s, hold2 4m0s"},
		}},
		situation{Established, "gr=120 remote=65002", up + "; accepted 2", []cell{
			{open, "open 2 gr=120 as=65009", "established: NOTIFICATION 2/2 0000fdf1>2, close 2 | hold1 1m30s, keepalive1 30s"},
		}},
		situation{Established, "gr=0", "start; dialed 1; open 1 gr=0; keepalive 1", []cell{
			{breaks, "broken 1", "idle: close 1, down 1 (connection failed) | idle 1s"},
			{accepted, "accepted 2", "established: NOTIFICATION 6/7>2, close 2 | hold1 1m30s, keepalive1 30s"},
		}},
		situation{Established, "", up, []cell{
			{accepted, "accepted 2", "established: NOTIFICATION 6/7>2, close 2 | hold1 1m30s, keepalive1 30s"},
		}},
		situation{Established, "gr=120n", notify, []cell{
			{stop, "stop bye", "idle: NOTIFICATION 6/9 060203627965>1, close 1, down 1 (administrative shutdown) | "},
			{reset, "reset", "connect: NOTIFICATION 6/9 0604>1, close 1, down 1 (administrative reset), dial 2 | retry 30s"},
			{holdExpires, "expire hold 1", "idle: NOTIFICATION 4/0>1, close 1, down 1 (hold timer expired) | idle 1s"},
			{malformed, "malformed 1 3/1", "idle: NOTIFICATION 3/1>1, close 1, down 1 (notification sent) | idle 1s"},
		}},
		situation{Established, "gr=120n soft", notify, []cell{
			{reset, "reset", "connect: NOTIFICATION 6/4>1, close 1, down 1 (administrative reset), dial 2 | retry 30s"},
		}},
		situation{Established, "gr=120n", up, []cell{
			{stop, "stop", "idle: NOTIFICATION 6/2>1, close 1, down 1 (administrative shutdown) | "},
		}},
	)
}
