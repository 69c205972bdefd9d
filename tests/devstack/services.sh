# shellcheck shell=bash
# Real services in place of devstack.sh's recorded calls: processes, an Apache, and users in the Keystone of OS_CLOUD.
# What installs is not here: `make venv` and `make cloud` installed the same packages. The caller gives APACHE_PORT.

APACHE=/usr/sbin/apache2
APACHE_MODULES=/usr/lib/apache2/modules
mkdir -p "$FOLDER/run" "$FOLDER/log" "$FOLDER/apache/modules"

function get_or_create_user {
    openstack user create --or-show --password "$2" --domain "$3" -f value -c id "$1"
}

# name command [group] [user] [variables]. As systemd: the command's words, and SIGTERM to the first process alone.
function run_process {
    # shellcheck disable=SC2086
    env ${5:-} setsid $2 > "$FOLDER/log/$1.log" 2>&1 &
    echo $! > "$FOLDER/run/$1.pid"
}

function stop_process { _stop "$FOLDER/run/$1.pid"; }

function _stop {
    local pid
    [[ -e "$1" ]] || return 0
    pid=$(< "$1")
    kill -TERM "$pid"
    # Whoever adopted it may not have waited for it yet.
    timeout 120 bash -c "while grep -qs '^State:[[:space:]]*[^ZX]' /proc/$pid/status; do sleep 0.1; done"
    rm -f "$1"
}

function wait_for_service {
    timeout "$1" bash -c "
        while code=\$(curl -k -s -o /dev/null --noproxy '*' -w '%{http_code}' $2); [[ \$? -eq 7 || \$code == 503 ]]; do
            sleep 0.2
        done"
}

function enable_apache_mod {
    echo "LoadModule $1_module $APACHE_MODULES/mod_$1.so" > "$FOLDER/apache/modules/$1.load"
}

# Like DevStack's: it listens for other sites too, and logs what they are asked.
function restart_apache_server {
    _stop "$FOLDER/run/apache.pid"
    enable_apache_mod mpm_event
    enable_apache_mod authz_core
    cat > "$FOLDER/apache/apache2.conf" <<END
ServerRoot $FOLDER/apache
ServerName 127.0.0.1
PidFile $FOLDER/run/apache2.pid
ErrorLog $FOLDER/log/apache-error.log
IncludeOptional modules/*.load
LogFormat "%h %l %u %t \"%r\" %>s %O" combined
CustomLog $FOLDER/log/apache-access.log combined
Listen 127.0.0.1:$APACHE_PORT
IncludeOptional enabled/*.conf
END
    if [[ $EUID -eq 0 ]]; then
        printf 'User nobody\nGroup nogroup\n' >> "$FOLDER/apache/apache2.conf"
    fi
    run_process apache "$APACHE -f $FOLDER/apache/apache2.conf -DFOREGROUND"
    wait_for_service 30 "http://127.0.0.1:$APACHE_PORT/"
}
