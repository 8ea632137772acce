#!/bin/sh
# Meters an hour by the AWS CLI against a sandbox, twice: the second time the same record answers.
set -eu
cd "$(dirname "$0")"
PATH=$PWD/node_modules/.bin:$PATH

# Its one line of JSON says that it is ready. Any port is taken, so that runs may go on side by side.
ready=$(mktemp)
marketmeter sandbox --json --port 0 --now 2026-11-23T12:00:00Z >"$ready" &
sandbox=$!
trap 'kill $sandbox 2>/dev/null; rm -f "$ready"' EXIT
until [ -s "$ready" ]; do
  kill -0 $sandbox 2>/dev/null || exit 1 # It said why it did not start.
  sleep 0.1
done
member() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$ready"
}

# Endpoint, Region and keys, as the AWS CLI reads them.
eval "$(marketmeter sandbox env --url "$(member controlEndpoint)")"

meter() {
  aws meteringmarketplace batch-meter-usage --product-code 4w1sbgfkdrl0bqj1j6gf93k2b \
    --usage-records "Timestamp=2026-11-23T11:00:00Z,CustomerAWSAccountId=222233334444,Dimension=requests,Quantity=$1" \
    --query 'Results[0].[Status, MeteringRecordId]' --output text
}

first=$(meter 12)
again=$(meter 12)
other=$(meter 13)
echo "$first"
echo "$other"
[ "$first" = "$again" ]
case $first in Success*) ;; *) exit 1 ;; esac
case $other in DuplicateRecord*) ;; *) exit 1 ;; esac
