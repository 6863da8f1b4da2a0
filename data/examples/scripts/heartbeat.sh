#!/bin/sh
# What Wakeful tells a job about itself.
echo "job ${WAKEFUL_JOB}, execution ${WAKEFUL_EXECUTION_ID}"
echo "slot ${WAKEFUL_SLOT:-none}, cause ${WAKEFUL_CAUSE}, late by ${WAKEFUL_LATE_MS} ms"
