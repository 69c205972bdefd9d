# shellcheck shell=bash
# A small DevStack: those of its functions that the plugin uses, with the effects that they have there.
#
# Each call of one that changes something outside of files is written into $CALLS, one line each, and does nothing
# else; services.sh puts real ones in their place. The caller gives FOLDER (where everything is) and DevStack's variables.

ENABLED_SERVICES=${ENABLED_SERVICES-rabbit,key,h-eng,h-api,h-api-cfn,mistral,zaqar-wsgi}
CALLS=$FOLDER/calls

function _called { echo "$*" >> "$CALLS"; }

# What only DevStack itself acts on.
function define_plugin { :; }
function plugin_requires { :; }
function echo_summary { echo "== $*"; }
function sudo { "$@"; }

function die {
    echo "die, line $1: ${*:2}" >&2
    exit 1
}

function enable_service {
    # As with DevStack, what local.conf disabled ("-name") stays disabled.
    [[ ",$ENABLED_SERVICES," == *",-$1,"* ]] || ENABLED_SERVICES+=",$1"
}

function is_service_enabled { [[ ",$ENABLED_SERVICES," == *",$1,"* ]]; }
function get_python_exec_prefix { dirname "$(command -v customresource-bridge)"; }
function generate_hex_string { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

# iniset file section option value: replaces the option, or adds it at its section's end, or the section at the file's.
function iniset {
    touch "$1"
    local changed
    changed=$(section="[$2]" option=$3 value=$4 awk '
        function put() { if (inside && !done) { print ENVIRON["option"] " = " ENVIRON["value"]; done = 1 } }
        /^\[/ { put(); inside = ($0 == ENVIRON["section"]) }
        inside && $1 == ENVIRON["option"] { put(); next }
        { print }
        END { if (!done && !inside) print ENVIRON["section"]; inside = 1; put() }' "$1")
    echo "$changed" > "$1"
}

# iniget file section option
function iniget {
    section="[$2]" option=$3 awk '
        /^\[/ { inside = ($0 == ENVIRON["section"]) }
        inside && $1 == ENVIRON["option"] { sub(/^[^=]*= */, ""); print }' "$1"
}

function setup_logging { iniset "$1" DEFAULT log_color False; }
function iniset_rpc_backend { iniset "$2" "${3:-DEFAULT}" transport_url "$TRANSPORT_URL"; }

function write_uwsgi_config {
    local file=$1 wsgi=$2 http=$4
    rm -f "$file"
    local option
    for option in "module=$wsgi" "processes=$API_WORKERS" master=true die-on-term=true exit-on-reload=false \
        enable-threads=true thunder-lock=true buffer-size=65535 "add-header=Connection: close" lazy-apps=true \
        "http=$http"; do
        iniset "$file" uwsgi "${option%%=*}" "${option#*=}"
    done
}

# Apache as Debian has it: sites that are there, and links to those that are enabled.
function apache_site_config_for { echo "$FOLDER/apache/available/$1.conf"; }
function enable_apache_site { ln -sf "../available/$1.conf" "$FOLDER/apache/enabled/$1.conf"; }
function disable_apache_site { rm -f "$FOLDER/apache/enabled/$1.conf"; }

function setup_package { _called setup_package "$@"; }
function install_apache_uwsgi { _called install_apache_uwsgi; }
function enable_apache_mod { _called enable_apache_mod "$@"; }
function restart_apache_server { _called restart_apache_server; }
function run_process { _called run_process "$@"; }
function stop_process { _called stop_process "$@"; }
function wait_for_service { _called wait_for_service "$@"; }

function get_or_create_user {
    _called get_or_create_user "$@"
    echo 0123456789abcdef0123456789abcdef
}
