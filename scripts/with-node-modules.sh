#!/bin/sh
# Installs the locked npm packages when they are missing or older than the lock file, then runs the command given.
# Called by every npm script, so that a fresh clone needs nothing but npm. npm has put node_modules/.bin first on PATH already.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.labctl-installed
if [ ! -f "$stamp" ] || ! cmp -s package-lock.json "$stamp"; then
  echo "Installing npm packages (once) ..." >&2
  npm ci --no-fund --no-audit --loglevel=error >&2
  cp package-lock.json "$stamp"
fi
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
exec "$@"
