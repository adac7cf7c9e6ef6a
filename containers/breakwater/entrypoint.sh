# Settles in, then becomes Breakwater: the process that gets the signals is the sidecar itself.
set -eu
if [ "${1:-}" = serve ]; then
  node dist/scripts/containers/settle-in.js config settled
  export BREAKWATER_CONFIG=/app/settled
fi
unset TOKEN_DIALER TOKEN_SUPERVISOR TOKEN_COMPLIANCE TOKEN_ADMIN
exec node dist/src/cli/main.js "$@"
