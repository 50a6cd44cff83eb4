# Lotse in one static file: no shell, no root, one volume.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -tags goolm -trimpath -ldflags '-s -w' -o /lotse . && mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /lotse /lotse
COPY --from=build --chown=65532:65532 --chmod=700 /data /data
USER 65532:65532
ENV LOTSE_DATA=/data LOTSE_LISTEN=:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/lotse", "healthy"]
ENTRYPOINT ["/lotse"]
CMD ["demo", "-data", "/data"]
