# One file for all: a build that every target shares, then a target per container with its own built
# folder alone. Written for the public Node image; `NODE_IMAGE` names another.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked npm ci --no-audit --no-fund
COPY . .
RUN node esbuild.config.mjs \
 && npx vite build --config web/vite.config.ts --logLevel warn \
 && find dist -name meta.json -delete

# The Node image without npm, yarn and corepack, as one layer: what is deleted is gone.
FROM ${NODE_IMAGE} AS trimmed
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
    /usr/local/bin/yarn* /opt/yarn* /usr/local/include /usr/local/share/man /root/.npm /tmp/* \
    /var/cache/apt /var/lib/apt/lists \
 && mkdir -p /app/logs && chown 1000:1000 /app/logs

FROM scratch AS runtime
COPY --from=trimmed / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    NODE_OPTIONS="--enable-source-maps --max-semi-space-size=4 --max-old-space-size=256"
WORKDIR /app
USER 1000:1000
STOPSIGNAL SIGTERM

FROM runtime AS service
# A container that is away has no name. Where no name server outside says so, each question for it would
# hold one of two threads for 10 s, and databases that are there would not be found either.
ENV RES_OPTIONS="timeout:1 attempts:2" UV_THREADPOOL_SIZE=8
# The container's restart policy starts again what dies, and a hung process kills itself.
ENV SOUK_SUPERVISOR=none
# V8 knows nothing of a container's limit and would let its heap grow beyond it.
ENV NODE_OPTIONS="--enable-source-maps --max-semi-space-size=4 --max-old-space-size=96"
COPY --chmod=0555 gateway/healthcheck.sh /app/
HEALTHCHECK --interval=10s --timeout=10s --start-period=20s --retries=3 CMD ["/app/healthcheck.sh"]
CMD ["node", "host.mjs"]

FROM service AS auth
# As its service.ts asks.
ENV HEALTH_PORT=8001 MALLOC_ARENA_MAX=1
COPY --from=build /src/dist/auth /app
EXPOSE 8001

FROM service AS product
# The nursery that its service.ts asks for.
ENV HEALTH_PORT=8002 NODE_OPTIONS="--enable-source-maps --max-semi-space-size=8 --max-old-space-size=96"
COPY --from=build /src/node_modules/sharp /app/node_modules/sharp
COPY --from=build /src/node_modules/@img /app/node_modules/@img
COPY --from=build /src/node_modules/detect-libc /app/node_modules/detect-libc
COPY --from=build /src/node_modules/semver /app/node_modules/semver
COPY --from=build /src/dist/product /app
EXPOSE 8002

FROM service AS cart
ENV HEALTH_PORT=8003
COPY --from=build /src/dist/cart /app
EXPOSE 8003

FROM service AS review
ENV HEALTH_PORT=8004
COPY --from=build /src/dist/review /app
EXPOSE 8004

FROM service AS storefront
ENV HEALTH_PORT=8000 HEALTH_PATH=/robots.txt
COPY --from=build /src/dist/gateway /app
COPY --from=build /src/dist/web /web
EXPOSE 8000
CMD ["node", "storefront.mjs"]

# The demo's products and reviews; draws pictures as the product service does.
FROM runtime AS demo
COPY --from=product /app/node_modules /app/node_modules
COPY --from=build /src/dist/demo /app
COPY functions/product/demo/catalogue.json functions/review/demo/voices.json /app/
COPY functions/product/demo/art /app/art
CMD ["node", "demo.mjs"]

# Makes the first secrets and Consul's tokens: started, done, gone.
FROM runtime AS setup
USER root
# A new volume takes the owner of the folder that it is mounted on.
RUN for name in auth product cart review auth-db product-db cart-db review-db redis consul gateway \
    storefront demo acme prometheus grafana; do install -d -o 1000 -g 1000 "/secrets/$name"; done
USER 1000:1000
COPY --chmod=0444 gateway/setup.mjs /app/
CMD ["node", "setup.mjs"]
