# Marketmeter as an image: the published package, what it needs at run time, and the driver of PostgreSQL.
#
#   docker build -t marketmeter:0.1.0 .
#
# Locked      Every package comes from package-lock.json, and Node is the one that the tests run.
# Small       What builds stays behind in its stage. The package is what `npm pack` packs, and no more.
# Unprivileged  The process may write to its volume alone; what it runs is root's.
# Checked by  scripts/containers.test.ts; docs/operating/containers.md says how to use it, and what was never run.
ARG NODE_IMAGE=node:24.21.0-trixie-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /source
COPY .npmrc package.json package-lock.json ./
# npm wants each workspace that the lock file names, whichever is installed.
COPY runtime/package.json runtime/
COPY containers/package.json containers/
COPY testing/browser/package.json testing/browser/
COPY testing/packed/package.json testing/packed/
COPY testing/postgres/package.json testing/postgres/
COPY conformance/sdks/javascript/package.json conformance/sdks/javascript/

FROM manifests AS package
RUN npm ci --workspaces=false --ignore-scripts --loglevel=error
COPY LICENSE README.md CHANGELOG.md tsconfig.base.json tsconfig.build.json ./
COPY scripts/build.ts scripts/bundle.ts scripts/third-party.ts scripts/
COPY examples examples
COPY src src
RUN node scripts/build.ts \
 && npm pack --ignore-scripts --loglevel=error \
 && tar -xzf marketmeter-*.tgz

FROM manifests AS modules
RUN npm ci --omit=dev --workspace=containers --include-workspace-root --ignore-scripts --loglevel=error \
 && rm -r node_modules/@marketmeter

FROM ${NODE_IMAGE}
ARG NODE_IMAGE
LABEL org.opencontainers.image.title="Marketmeter" \
      org.opencontainers.image.description="A usage ledger that speaks the AWS Marketplace Metering API" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${NODE_IMAGE}"
COPY --from=modules /source/node_modules /opt/marketmeter/node_modules
COPY --from=package /source/package /opt/marketmeter
# The folder's owner is uid 1000, `node` in the image below; a volume takes that over.
RUN ln -s /opt/marketmeter/dist/cli/main.js /usr/local/bin/marketmeter \
 && install -d -m 0700 -o 1000 -g 1000 /var/lib/marketmeter
# Inside a container loopback reaches nobody. The admin port stays there all the same: tokens cross it in the open.
ENV NODE_ENV=production \
    MARKETMETER_HOST=0.0.0.0
# By number, so that an orchestrator can see that it is not root.
USER 1000:1000
# Where nothing says otherwise the ledger is the folder `data` in here.
WORKDIR /var/lib/marketmeter
VOLUME /var/lib/marketmeter
EXPOSE 7070 7071
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["marketmeter", "health"]
ENTRYPOINT ["marketmeter"]
CMD ["serve"]
