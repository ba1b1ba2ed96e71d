# The image holds the binary, the certificate authorities, and two folders the
# node may write to. It runs as a user without a name, without a shell, without
# a capability.
#
#   docker build --build-arg VERSION=$(git describe --tags --always) -t meridian .
FROM golang:1.26.8 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$VERSION" -o /out/meridian ./cmd/meridian
RUN mkdir -p /out/var/lib/meridian /out/run/meridian /out/etc/meridian

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/etc/meridian /etc/meridian
COPY --from=build --chown=65532:65532 /out/var/lib/meridian /var/lib/meridian
COPY --from=build --chown=65532:65532 /out/run/meridian /run/meridian
COPY --from=build /out/meridian /usr/bin/meridian
COPY LICENSE NOTICE THIRD_PARTY_NOTICES /usr/share/doc/meridian/
LABEL org.opencontainers.image.title="Meridian" \
      org.opencontainers.image.description="DNS-based global traffic manager" \
      org.opencontainers.image.licenses="Apache-2.0"
# By number, so that an orchestrator can see that it is not root. Port 53 needs
# net.ipv4.ip_unprivileged_port_start at 53 or below in the container's network
# namespace, which Docker sets by itself and compose.yaml sets in words.
USER 65532:65532
VOLUME /var/lib/meridian
EXPOSE 53/udp 53/tcp
# Ready means: answering from a plan. What an endpoint does is no reason to
# replace a name server.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/usr/bin/meridian", "status", "--ready"]
ENTRYPOINT ["/usr/bin/meridian"]
CMD ["serve", "-c", "/etc/meridian/node.yaml"]
