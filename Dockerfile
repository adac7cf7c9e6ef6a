# Breakwater. Needs DATABASE_URL: the embedded PostgreSQL is left out of the image. docs/containers.md tells how it is run.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/ scripts/
COPY src/ src/
RUN npm run build && npm prune --omit=dev --omit=optional --no-audit --no-fund

FROM ${NODE_IMAGE}
# The voice and the tool that bring the messages into the exchange's format.
RUN apt-get update \
 && apt-get install -y --no-install-recommends flite sox \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
# The user may write three places: its settled settings, the rendered messages, its keys.
RUN useradd --system --uid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin breakwater \
 && install -d -o breakwater -g breakwater settled data sounds/rendered
COPY package.json ./
COPY --from=build /app/node_modules/ node_modules/
COPY --from=build /app/dist/ dist/
COPY config/ config/
COPY containers/breakwater/ containers/breakwater/
ENV NODE_ENV=production
# Room for decisions that wait for their commit: see docs/deploy.md.
ENV NODE_OPTIONS=--max-semi-space-size=128
USER breakwater
EXPOSE 4580 4573
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.BREAKWATER_HTTP_PORT||4580)+'/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sh", "containers/breakwater/entrypoint.sh"]
CMD ["serve"]
