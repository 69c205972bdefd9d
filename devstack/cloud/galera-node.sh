#!/bin/sh
# One node of Galera's cluster: galera-node.sh OPTION-FILE DATA-DIRECTORY [may-found]. A node that was a member begins where
# it ended, as Debian's unit does, so that it is sent what it missed and not everything; one that may, founds the cluster.
set -eu
if [ -e "$2/grastate.dat" ]; then
  position=$(mariadbd --defaults-file="$1" --wsrep-recover --skip-networking --log-error="$2/recovered.log" >/dev/null 2>&1;
    sed -n 's/.*WSREP: Recovered position: *//p' "$2/recovered.log" | tail -n 1)
  rm -f "$2/recovered.log"
  exec mariadbd --defaults-file="$1" ${position:+--wsrep-start-position="$position"}
fi
exec mariadbd --defaults-file="$1" ${3:+--wsrep-new-cluster}
