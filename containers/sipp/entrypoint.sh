# SIPp names its address in SIP and SDP, so it must be told the one the others see.
set -eu
address=$(hostname -i | cut -d ' ' -f 1)
exec sipp -sf /people/people.xml -i "$address" -mi "$address" -p 5070 -mp 30000 \
  -nostdin -trace_err -error_file /dev/stderr "$@" > /dev/null
