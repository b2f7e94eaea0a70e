#!/bin/sh
# Puts the storefront into its bucket. Usage: storefront.sh <stack>
set -eu
cd "$(dirname "$0")/../.."
output() {
  aws cloudformation describe-stacks --stack-name "$1" \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue" --output text
}
bucket=$(output "$1" Bucket)
# Files with a hash in their name never change; the page itself is asked for each time.
aws s3 sync dist/web "s3://$bucket" --exclude index.html --exclude sw.js \
  --cache-control 'public, max-age=31536000, immutable'
for page in index.html sw.js; do
  [ ! -f "dist/web/$page" ] || aws s3 cp "dist/web/$page" "s3://$bucket/$page" --cache-control no-cache
done
aws cloudfront create-invalidation --distribution-id "$(output "$1" Distribution)" --paths '/*'
