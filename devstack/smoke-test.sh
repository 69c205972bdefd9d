#!/usr/bin/env bash
# Create a stack with a custom resource, see that a workflow's answer came back, and delete the stack.
#
# The DevStack plugin runs it at the end of stack.sh. It needs `openstack` and a plain user's credentials (OS_CLOUD or
# OS_*), a bridge that works for the user's project, and nothing else. A stack that failed is left to be looked at.
set -o errexit -o nounset -o pipefail

repository=$(cd "$(dirname "$0")/.." && pwd)
stack=crb-smoke-test-$$

own_workflow=
if openstack workflow create "$repository/workflows/slow.yaml" -f value -c Name; then
    own_workflow=yes
else
    echo "The workflow slow was not created: if it is there already, that one will do."
fi

if ! openstack stack create --wait --poll 1 --timeout 5 --parameter seconds=1 --parameter timeout=120 \
    -t "$repository/devstack/examples/slow.yaml" "$stack" -f value -c stack_status; then
    openstack stack failures list "$stack" || true
    echo "The stack $stack was not created; see above, and the logs of heat-engine and of the bridge." >&2
    exit 1
fi
answer=$(openstack stack output show "$stack" seconds -f value -c output_value)
if [[ "$answer" != 1 ]]; then
    echo "The stack $stack was created, but its output seconds is '$answer', not what the workflow answered: 1" >&2
    exit 1
fi

openstack stack delete --yes --wait "$stack"
if [[ -n "$own_workflow" ]]; then
    openstack workflow delete slow
fi
echo "A custom resource was created, answered and deleted."
