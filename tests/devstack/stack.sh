#!/usr/bin/env bash
# Run phases of the DevStack plugin as stack.sh, unstack.sh and clean.sh run them: sourced, with a trace and errexit.
#
#   stack.sh devstack.sh [services.sh] -- "stack install" "stack post-config" ... unstack clean
#
# nounset is not DevStack's: it finds a variable that DevStack does not have.
set -o errexit -o nounset -o pipefail

here=$(dirname "$0")
mkdir -p "$FOLDER/apache/available" "$FOLDER/apache/enabled"
while [[ "$1" != -- ]]; do
    # shellcheck source=/dev/null
    source "$here/$1"
    shift
done
shift

# shellcheck source=/dev/null
source "$CRB_DIR/devstack/settings"
# The trace goes where no secret may be.
exec {BASH_XTRACEFD}>> "$FOLDER/trace"
for called in "$@"; do
    read -r mode phase <<< "$called"
    set -o xtrace
    # shellcheck source=/dev/null
    source "$CRB_DIR/devstack/plugin.sh" "$mode" ${phase:+"$phase"}
    [[ $- == *x* ]] || die $LINENO "the trace is not restored after $called"
    set +o xtrace
done
