complete -c bgpd -l config -d 'settings FILE in YAML (default /etc/bgpsh/bgpd.yaml where it exists)' -r
complete -c bgpd -l startup-config -d 'startup configuration FILE (default /etc/bgpsh/startup.conf where it exists, else startup.conf in the data dir)' -r
complete -c bgpd -l data-dir -d 'DIR for what outlives the daemon (default /var/lib/bgpsh as root, else $XDG_STATE_HOME/bgpsh)' -r
complete -c bgpd -l socket -d 'PATH of the socket for bgpsh (default /run/bgpsh/bgpd.sock as root, else $XDG_RUNTIME_DIR/bgpsh/bgpd.sock)' -r
complete -c bgpd -l socket-group -d 'group NAME whose members may look (default bgpsh where it exists)' -r
complete -c bgpd -l admin-group -d 'group NAME whose members may change (default bgpsh where it exists)' -r
complete -c bgpd -l log-level -d 'trace|debug|info|warn|error (default "info")' -r
complete -c bgpd -l log-format -d 'pretty|json|text (default pretty on a terminal, else text)' -r
complete -c bgpd -l log-file -d 'PATH of the log, - for standard error (default "-")' -r
complete -c bgpd -l check -d 'check the startup configuration, print its bad lines, and exit'
complete -c bgpd -l version -d 'print the version and exit'
