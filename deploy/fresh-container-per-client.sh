#!/bin/sh
# A fresh container for each client: a node serves one client, ends with it, and a new container takes its place.
#
#   SKEIN_SECRET=… deploy/fresh-container-per-client.sh --peer scheduler.example.org:4100 --servers 4
#
# Whatever follows is given to `skein node`. IMAGE names the image (default: skein, made by deploy/Dockerfile).
# Nothing of a client stays: the container has no volume (--rm removes its own), and its identity is new each time.
set -eu
: "${SKEIN_SECRET:?make one with: skein secret}"

trap 'exit 0' INT TERM
while :; do
  # --init: reaps what jobs leave behind. --zombie-ms: a client that sleeps for ten minutes gives its servers back.
  docker run --rm --init --env SKEIN_SECRET --network host --volume /data \
    "${IMAGE:-skein}" node --serve 1 --zombie-ms 600000 "$@" && continue
  # It ended by an error: the log says which. The next try is in a moment.
  sleep 5
done
