package fsm

func init() {
	table = append(table,
		situation{Established, "", "start; dialed 1; open 1; keepalive 1", []cell{
			{start, "start", "established:  | hold1 1m30s, keepalive1 30s"},
			{stop, "stop bye", "idle: NOTIFICATION 6/2 03627965>1, close 1, down 1 (administrative shutdown) | "},
			{reset, "reset", "connect: NOTIFICATION 6/4>1, close 1, down 1 (administrative reset), dial 2 | retry 30s"},
			{connectRetryExpires, "expire retry", "off"},
			{holdExpires, "expire hold 1", "idle: NOTIFICATION 4/0>1, close 1, down 1 (hold timer expired) | idle 1s"},
			{keepaliveExpires, "expire keepalive 1", "established: KEEPALIVE>1 | hold1 1m0s, keepalive1 30s"},
			{delayOpenExpires, "expire delay 1", "off"},
			{idleHoldExpires, "expire idle", "off"},
			{breaks, "broken 1", "idle: close 1, down 1 (connection failed) | idle 1s"},
			{open, "open 1", "idle: NOTIFICATION 5/3 01>1, close 1, down 1 (state machine error) | idle 1s"},
			{malformed, "malformed 1 1/2", "idle: NOTIFICATION 1/2>1, close 1, down 1 (notification sent) | idle 1s"},
			{versionError, "notification 1 2/1", "idle: close 1, down 1 (notification received) | idle 1s"},
			{notification, "notification 1 6/2", "idle: close 1, down 1 (notification received) | idle 1s"},
			{keepalive, "keepalive 1", "established:  | hold1 1m30s, keepalive1 30s"},
			{update, "update 1", "established:  | hold1 1m30s, keepalive1 30s"},
			{refresh, "refresh 1", "established:  | hold1 1m30s, keepalive1 30s"},
			{sendStalled, "stalled 1", "idle: NOTIFICATION 8/0>1, close 1, down 1 (send hold timer expired) | idle 1s"},
			{reconfigured, "config retry=7s", "established:  | hold1 1m30s, keepalive1 30s"},
			{accepted, "accepted 2", "established: NOTIFICATION 6/7>2, close 2 | hold1 1m30s, keepalive1 30s"},
			{dialed, "dialed 1", "established:  | hold1 1m30s, keepalive1 30s"},
			{dialFails, "failed 1", "established:  | hold1 1m30s, keepalive1 30s"},
			{notification, "notification 1 6/7", "idle: close 1, down 1 (notification received) | idle 1s"},
		}},
		situation{Established, "hold=0s keepalive=0s", "start; dialed 1; open 1; keepalive 1", []cell{
			{holdExpires, "expire hold 1", "off"},
		}},
		situation{Established, "", "start; accepted 2; open 2; keepalive 2", []cell{
			{dialed, "dialed 1", "established: close 1 | hold2 1m30s, keepalive2 30s"},
		}},
		situation{Established, "flag", "start; dialed 1; open 1; keepalive 1", []cell{
			{accepted, "accepted 2", "established: OPEN>2, read 2 | hold1 1m30s, keepalive1 30s, hold2 4m0s"},
		}},
		situation{Established, "flag", "start; dialed 1; open 1; keepalive 1; accepted 2", []cell{
			{open, "open 2", "open confirm: NOTIFICATION 6/7>1, close 1, down 1 (connection collision), KEEPALIVE>2 | hold2 1m30s, keepalive2 30s"},
			{open, "open 2 id=1", "established: NOTIFICATION 6/7>2, close 2 | hold1 1m30s, keepalive1 30s"},
			{open, "open 1", "open sent: NOTIFICATION 5/3 01>1, close 1, down 1 (state machine error) | hold2 4m0s"},
			{keepalive, "keepalive 2", "established: NOTIFICATION 5/1 04>2, close 2 | hold1 1m30s, keepalive1 30s"},
			{keepalive, "keepalive 1", "established:  | hold1 1m30s, keepalive1 30s, hold2 4m0s"},
			{accepted, "accepted 3", "established: NOTIFICATION 6/5>3, close 3 | hold1 1m30s, keepalive1 30s, hold2 4m0s"},
			{breaks, "broken 1", "open sent: close 1, down 1 (connection failed) | hold2 4m0s"},
			{breaks, "broken 2", "established: close 2 | hold1 1m30s, keepalive1 30s"},
			{holdExpires, "expire hold 2", "established: NOTIFICATION 4/0>2, close 2 | hold1 1s, keepalive1 1s"},
			{keepaliveExpires, "expire keepalive 1", "established: KEEPALIVE>1 | hold1 1m0s, keepalive1 30s, hold2 3m30s"},
			{stop, "stop", "idle: NOTIFICATION 6/2>1, close 1, down 1 (administrative shutdown), NOTIFICATION 6/2>2, close 2 | "},
			{notification, "notification 2 6/7", "established: close 2 | hold1 1m30s, keepalive1 30s"},
			{dialed, "dialed 1", "established:  | hold1 1m30s, keepalive1 30s, hold2 4m0s"},
			{reset, "reset", "connect: NOTIFICATION 6/4>1, close 1, down 1 (administrative reset), NOTIFICATION 6/4>2, close 2, dial 3 | retry 30s"},
		}},
		situation{Established, "flag remote=65002", "start; dialed 1; open 1; keepalive 1; accepted 2", []cell{
			{open, "open 2 as=65009", "established: NOTIFICATION 2/2 0000fdf1>2, close 2 | hold1 1m30s, keepalive1 30s"},
		}},
		situation{Established, "flag", "start; accepted 2; open 2; keepalive 2; accepted 3", []cell{
			{open, "open 3", "open confirm: NOTIFICATION 6/7>2, close 2, down 2 (connection collision), KEEPALIVE>3 | hold3 1m30s, keepalive3 30s"},
			{open, "open 3 id=1", "open confirm: NOTIFICATION 6/7>2, close 2, down 2 (connection collision), KEEPALIVE>3 | hold3 1m30s, keepalive3 30s"},
		}},
	)
}
