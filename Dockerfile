# Server only. DATABASE_URL and S3_BUCKET_NAME set PostgreSQL and object storage; see deploy/compose.yaml.

FROM rust:1.95-bookworm AS build
WORKDIR /onsale
# Dependencies first: this layer is rebuilt only if Cargo.toml or Cargo.lock changes.
COPY Cargo.toml Cargo.lock askama.toml ./
COPY crates/fonts crates/fonts
COPY crates/assets/Cargo.toml crates/assets/
COPY crates/domain/Cargo.toml crates/domain/
COPY crates/mail/Cargo.toml crates/mail/
COPY crates/metrics/Cargo.toml crates/metrics/
COPY crates/render/Cargo.toml crates/render/
COPY crates/store/Cargo.toml crates/store/
COPY crates/texts/Cargo.toml crates/texts/
RUN mkdir -p src tests/integration crates/assets/src crates/domain/src crates/mail/src crates/metrics/src crates/render/src \
        crates/store/src crates/texts/src \
    && echo 'fn main() {}' > src/main.rs \
    && touch src/lib.rs tests/integration/main.rs crates/assets/src/lib.rs crates/domain/src/lib.rs crates/mail/src/lib.rs crates/metrics/src/lib.rs \
        crates/render/src/lib.rs crates/store/src/lib.rs crates/texts/src/lib.rs \
    && cargo build --locked --release --bin onsale \
    && rm -rf src tests
COPY migrations migrations
COPY crates crates
COPY src src
# Cargo compares modification times, and the placeholder build is newer than these files.
# Panics are logged with file and line without the symbols.
RUN touch src/main.rs src/lib.rs crates/*/src/lib.rs && cargo build --locked --release --bin onsale && strip target/release/onsale

FROM debian:bookworm-slim AS fonts
# Unpinned version (DL3008): only two font files of this stage are copied.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk && rm -rf /var/lib/apt/lists/*

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="Onsale" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /onsale/target/release/onsale /usr/local/bin/onsale
COPY --from=fonts /usr/share/fonts/opentype/noto/NotoSansCJK-*.ttc /usr/share/fonts/opentype/noto/
COPY config/production.toml /etc/onsale/onsale.toml
ENV ONSALE_CONFIG=/etc/onsale/onsale.toml
EXPOSE 8080 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/usr/local/bin/onsale", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/onsale"]
CMD ["serve"]
