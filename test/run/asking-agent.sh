# Asks its model as often as $1 says, or until it is refused. In bash, which every sandbox has, and this machine's Node may not be in one.
env > /logs/artifacts/env.txt
address=${ANTHROPIC_BASE_URL#http://}
host=${address%%/*}
path=${address#"$host"}/v1/messages
body='{"model":"claude-haiku-4-5","max_tokens":100,"stream":true,"messages":[]}'
for ((left = $1; left > 0; left--)); do
  exec 3<>"/dev/tcp/${host%:*}/${host##*:}" || exit 9
  printf '%s\r\n' "POST $path HTTP/1.1" "host: $host" "connection: close" "x-api-key: $ANTHROPIC_API_KEY" \
    "content-type: application/json" "content-length: ${#body}" "" >&3
  printf %s "$body" >&3
  answer=$(cat <&3)
  echo "$answer"
  [[ "$answer" == "HTTP/1.1 200 "* ]] || exit 7
done
echo 42 > /app/answer
