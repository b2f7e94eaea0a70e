#!/bin/sh
# Migrates every service's database; run after `sam deploy`, again at will. Usage: migrate.sh <stack>
set -eu
stack=$1
aws cloudformation describe-stacks --stack-name "$stack" \
  --query "Stacks[0].Outputs[?ends_with(OutputKey, 'Migration')].OutputValue" --output text |
  tr '\t' '\n' | while read -r name; do
  answer=$(mktemp)
  failed=$(aws lambda invoke --function-name "$name" --cli-read-timeout 900 \
    --query FunctionError --output text "$answer")
  cat "$answer" && echo
  [ "$failed" = None ] || { echo "$name failed" >&2; exit 1; }
done
