# Completion of bgpsh for fish. Made by: bgpsh completion fish
function __bgpsh_words
    bgpsh completion words (commandline -cp) 2>/dev/null
end
complete -c bgpsh -n 'test (count (__bgpsh_words)) -gt 0' -f -a '(__bgpsh_words)'
