#!/bin/sh
# Builds what the template's functions are made of: dist/<service>, and sharp for Lambda's machines.
set -eu
cd "$(dirname "$0")/../.."
npm run build
npx vite build --config web/vite.config.ts --logLevel warn
find dist -name meta.json -delete
sharp=$(node -p "require('./package.json').dependencies.sharp")
npm install --prefix dist/product --no-save --no-package-lock --os=linux --cpu=arm64 --libc=glibc "sharp@$sharp"
