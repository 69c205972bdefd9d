# shellcheck shell=bash disable=SC2154 # DevStack's own variables
# The DevStack plugin: custom resources for Heat, with the operator's bridge and the response gateway.
#
# DevStack sources it as `plugin.sh <mode> <phase>`. Only the order of things stands here; what is done is in
# lib/customresource-bridge, and what can be set in settings.

# Save trace setting
_XTRACE_CRB_PLUGIN=$(set +o | grep xtrace)
set +o xtrace

source "$CRB_DIR/devstack/lib/customresource-bridge"

if is_service_enabled customresource-bridge; then
    if [[ "$1" == "stack" && "$2" == "install" ]]; then
        echo_summary "Installing custom resources for Heat"
        install_customresource_bridge

    elif [[ "$1" == "stack" && "$2" == "post-config" ]]; then
        echo_summary "Configuring custom resources for Heat"
        configure_customresource_bridge
        if is_service_enabled customresource-gateway; then
            configure_customresource_gateway
        fi

    elif [[ "$1" == "stack" && "$2" == "extra" ]]; then
        echo_summary "Starting the bridge of custom resources"
        if is_service_enabled customresource-gateway; then
            start_customresource_gateway
        fi
        start_customresource_bridge

    elif [[ "$1" == "stack" && "$2" == "test-config" ]]; then
        if [[ -n "$CRB_SMOKE_TEST_CLOUD" ]]; then
            echo_summary "Creating a stack with a custom resource"
            smoke_test_customresource_bridge
        fi
    fi

    if [[ "$1" == "unstack" ]]; then
        stop_customresource_bridge
        if is_service_enabled customresource-gateway; then
            stop_customresource_gateway
        fi
    fi

    if [[ "$1" == "clean" ]]; then
        cleanup_customresource_bridge
    fi
fi

# Restore xtrace
$_XTRACE_CRB_PLUGIN
