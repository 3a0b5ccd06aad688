#!/usr/bin/env bash
# What `make run` does: builds redwasp, points it at a Redis, shows the first
# metrics and stays until Ctrl-C.
#
# A Redis on localhost:6379 is used as it is, and nothing is written to it.
# Without one, a private server with a little sample data is started; it ends
# and is removed together with this script.
#
#   LISTEN=127.0.0.1:9121   where redwasp serves its metrics
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

listen=${LISTEN:-127.0.0.1:9121}
target=${CARGO_TARGET_DIR:-target}
tools=target/tools/bin
start_seconds=120

daemon=
redis=
folder=
caught=
stopping=

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# A signal interrupts a wait, so one wait is not enough.
end() {
    kill -- "$1" 2>/dev/null || true
    while kill -0 "$1" 2>/dev/null; do
        wait "$1" 2>/dev/null || true
    done
}

# shellcheck disable=SC2329 # a trap calls it
clean_up() {
    # The daemon first: it should not see its Redis go away.
    if [ -n "$daemon" ]; then end "$daemon"; fi
    if [ -n "$redis" ]; then end "$redis"; fi
    if [ -n "$folder" ]; then rm -rf -- "$folder"; fi
}
trap clean_up EXIT

# shellcheck disable=SC2329 # traps call it
on_signal() {
    caught=$1
    stopping=yes
    if [ -n "$daemon" ]; then kill -s "$1" -- "$daemon" 2>/dev/null || true; fi
}

# Starts a program in a process group of its own, its id in $!. A Ctrl-C then
# reaches only this script, which passes it on once and in the right order.
start() {
    set -m
    "$@" &
    set +m
}

listens() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

get() { curl -fsS --noproxy '*' --max-time "$1" "$2"; }

# A Redis that wants a password is a Redis too.
redis_answers() (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf 'PING\r\n' >&3
    read -r -t 2 line <&3 || exit 1
    [[ $line == +PONG* || $line == -NOAUTH* ]] || exit 1
    printf '%s\n' "${line%$'\r'}"
) 2>/dev/null

# Starts a private Redis, its port in $redis_port. A free port can be taken by
# someone else before the server has it, so the server's own id decides.
start_redis() {
    local deadline
    folder=$(mktemp -d "${TMPDIR:-/tmp}/redwasp.XXXXXX")
    for _ in {1..10}; do
        redis_port=$((20000 + RANDOM % 10000))
        start "$tools/redis-server" --bind 127.0.0.1 --port "$redis_port" --dir "$folder" \
            --save '' --appendonly no --daemonize no --logfile "$folder/log"
        redis=$!
        deadline=$((SECONDS + 10))
        while kill -0 "$redis" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do
            if [[ $("$tools/redis-cli" -p "$redis_port" info server 2>&1) == *process_id:"$redis"$'\r'* ]]; then
                return 0
            fi
            sleep 0.1
        done
        end "$redis"
        redis=
    done
    cat -- "$folder/log" >&2 || true
    die "The private redis-server did not start."
}

sample_data() {
    "$tools/redis-cli" -p "$redis_port" >/dev/null <<'DATA'
SET page:home "<h1>Home</h1>"
SET page:about "<h1>About</h1>"
INCRBY visits 1234
SET session:anna 1 EX 3600
SET session:boris 1 EX 7200
HSET user:1 name Anna city Porto age 34
RPUSH jobs resize:17 resize:18 mail:4
SADD tags redis valkey wasm prometheus
ZADD scores 12 anna 9.5 boris 30 chen
XADD events * kind login user anna
XADD events * kind logout user anna
SELECT 1
SET archive:2024 closed
DATA
}

# Shows what matters of the metrics, in this order.
show_metrics() {
    local metrics pattern
    metrics=$(get 10 "$url/metrics") || {
        printf 'The first scrape failed.\n' >&2
        return 0
    }
    for pattern in redis_up redis_connected_clients redis_memory_used_bytes \
        'redis_db_keys\{[^}]*db="db0"' redis_commands_processed_total; do
        grep -E "^${pattern}[ {,}]" <<<"$metrics" | sed 's/^/  /' || true
    done
    printf '  ... %s samples in all\n' "$(grep -c '^[^#]' <<<"$metrics" || true)"
}

# Waits for the daemon and ends with its code. A signal interrupts the wait
# (and has been passed on): then there is still an end to wait for.
wait_for_daemon() {
    local code
    while :; do
        caught=
        code=0
        wait "$daemon" || code=$?
        [ -n "$caught" ] || break
    done
    daemon=
    return "$code"
}

# The daemon has ended, or is about to, before it served anything: whatever
# code it gives, this is a failure, unless it was told to end.
failed_start() {
    local code=0
    wait_for_daemon || code=$?
    if [ "$code" -eq 0 ] && [ -z "$stopping" ]; then code=1; fi
    exit "$code"
}

command -v curl >/dev/null || die "curl is missing; run: sudo apt-get install -y curl"
command -v cargo >/dev/null || die "cargo is missing; install rustup: https://rustup.rs"
[[ $listen =~ ^(.*):([0-9]+)$ ]] || die "LISTEN is '$listen', not ADDRESS:PORT."
host=${BASH_REMATCH[1]}
port=${BASH_REMATCH[2]}
# An address that means "all" is no address to connect to.
case $host in
    '' | 0.0.0.0) host=127.0.0.1 ;;
    '[::]') host='[::1]' ;;
esac
url=http://$host:$port

tests/tools.sh wasm-target
printf 'Building redwasp. The first build compiles wasmtime: about ten minutes on two cores.\n'
cargo build -p redwasp

if answer=$(redis_answers 6379); then
    redis_port=6379
    printf 'Using the Redis on localhost:6379.\n'
    if [[ $answer == -NOAUTH* ]]; then
        printf 'It wants a password: redis_up stays 0 until redwasp has one (see redwasp --help).\n'
    fi
else
    tests/tools.sh redis
    start_redis
    sample_data
    printf 'No Redis on localhost:6379: started a private one with sample data on port %s.\n' "$redis_port"
fi

# Another server there could answer in place of ours. Then nothing is asked,
# and the daemon's own error is the answer.
taken=
if listens "${host//[][]/}" "$port"; then
    taken=yes
    printf 'Something listens on %s already; LISTEN=ADDRESS:PORT takes another place.\n' "$listen" >&2
fi

trap 'on_signal INT' INT
trap 'on_signal TERM' TERM HUP
start "$target/debug/redwasp" --redis.addr="redis://127.0.0.1:$redis_port" --web.listen-address="$listen"
daemon=$!
# A signal that came while the daemon's id was not known yet.
if [ -n "$caught" ]; then kill -s "$caught" -- "$daemon"; fi

[ -z "$taken" ] || failed_start
deadline=$((SECONDS + start_seconds))
until get 2 "$url/health" >/dev/null 2>&1; do
    kill -0 "$daemon" 2>/dev/null || failed_start
    [ "$SECONDS" -lt "$deadline" ] || die "redwasp did not answer on $url/health within $start_seconds seconds."
    sleep 0.2
done
kill -0 "$daemon" 2>/dev/null || failed_start

if [ "$host" = 127.0.0.1 ]; then url=http://localhost:$port; fi
printf '\nredwasp serves %s/metrics\n' "$url"
if [ -z "$caught" ]; then
    show_metrics
    printf 'Ctrl-C ends it.\n\n'
fi

code=0
wait_for_daemon || code=$?
exit "$code"
