#!/bin/sh
# Takes a moment, so that its output can be followed while it runs.
for part in "${GREETING:-Hello}," "this is" "a job" "that takes a moment."; do
    echo "$part"
    sleep 0.3
done
