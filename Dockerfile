# The relay, and with it the whole command line:
#   docker build -t reward-outbox .
#   docker run --rm --env-file .env reward-outbox migrate
#   docker run -d --read-only --env-file .env -p 127.0.0.1:8787:8787 reward-outbox
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without install scripts: those only fetch what tests need.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# Everything that is needed is built in, the console's page too.
RUN npm run build

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
# The loopback of a container is reachable from nowhere; what leaves the host is decided by the published port.
ENV REWARD_OUTBOX_HTTP_ADDR=0.0.0.0:8787
# What is young is collected more often, and the relay keeps 50 MiB less. See docs/performance.md.
ENV NODE_OPTIONS=--max-semi-space-size=4
WORKDIR /app
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY migrations migrations
# By number, so that an orchestrator can verify that it is not root. It is the image's own user "node"; it owns nothing here.
USER 1000:1000
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.REWARD_OUTBOX_HTTP_ADDR.split(':').at(-1)}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# No init process: the command line handles SIGTERM and SIGINT itself and starts no children.
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["relay"]
