# One file for all: a build that every target shares, then a target per container with its own built
# folder alone. Written for the public Node image; `NODE_IMAGE` names another.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked npm ci
COPY . .
RUN node esbuild.config.mjs && npx vite build --config web/vite.config.ts --logLevel warn \
 && find dist -name meta.json -delete

# The Node image without npm, yarn and corepack, as one layer: what is deleted is gone.
FROM ${NODE_IMAGE} AS trimmed
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
    /usr/local/bin/yarn* /opt/yarn* /usr/local/include /usr/local/share/man /root/.npm /tmp/* \
 && mkdir -p /app/logs && chown 1000:1000 /app/logs

FROM scratch AS runtime
COPY --from=trimmed / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps
WORKDIR /app
USER 1000:1000
STOPSIGNAL SIGTERM

FROM runtime AS service
COPY --chmod=0444 gateway/healthcheck.mjs /app/
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["node", "/app/healthcheck.mjs"]
CMD ["node", "host.mjs"]

FROM service AS auth
COPY --from=build /src/dist/auth /app
EXPOSE 8001

FROM service AS product
COPY --from=build /src/node_modules/sharp /app/node_modules/sharp
COPY --from=build /src/node_modules/@img /app/node_modules/@img
COPY --from=build /src/node_modules/detect-libc /app/node_modules/detect-libc
COPY --from=build /src/node_modules/semver /app/node_modules/semver
COPY --from=build /src/dist/product /app
EXPOSE 8002

FROM service AS cart
COPY --from=build /src/dist/cart /app
EXPOSE 8003

FROM service AS review
COPY --from=build /src/dist/review /app
EXPOSE 8004

FROM service AS storefront
COPY --from=build /src/dist/web /web
COPY --from=build /src/dist/gateway /app
ENV PORT=8000
EXPOSE 8000
CMD ["node", "storefront.mjs"]

# The migrations of every service and the making of first secrets: started, done, gone.
FROM runtime AS setup
COPY --from=build /src/dist /app/dist
COPY --chmod=0444 gateway/setup.mjs /app/
CMD ["node", "setup.mjs"]
