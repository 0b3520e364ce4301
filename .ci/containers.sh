# Sourced by .ci/run: a Docker engine and the images of the servers, as far as this machine lets us have them.

STANDIN_TOOLS=../shared/tools/containers

# The image that docker-compose.yml names when the variable is not set.
default_image() {
    sed -n "s/.*\${$1:-\([^}]*\)}.*/\1/p" docker-compose.yml | head -1
}

had() {
    docker image inspect "$1" >/dev/null 2>&1 || timeout 120 docker pull -q "$1" >/dev/null 2>&1
}

# Sets REQUIRE_DOCKER=1, which turns the skips of container tests into failures, once the engine and the images are there.
prepare_containers() {
    if ! docker version >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && [ -x "$STANDIN_TOOLS/start-docker.sh" ]; then
        "$STANDIN_TOOLS/start-docker.sh" || true
    fi
    if ! docker version >/dev/null 2>&1; then
        echo "containers: no Docker engine here, and none can be started: their tests will say that they were skipped"
        return 0
    fi
    BASE_IMAGE=${BASE_IMAGE:-$(default_image BASE_IMAGE)}
    NATS_IMAGE=${NATS_IMAGE:-$(default_image NATS_IMAGE)}
    S3_IMAGE=${S3_IMAGE:-$(default_image S3_IMAGE)}
    local origin="pulled, or here before"
    if ! { had "$BASE_IMAGE" && had "$NATS_IMAGE" && had "$S3_IMAGE"; }; then
        if [ ! -x "$STANDIN_TOOLS/standins.sh" ]; then
            echo "containers: images can't be pulled: the tests will say that they were skipped"
            return 0
        fi
        "$STANDIN_TOOLS/standins.sh"
        BASE_IMAGE=python:3.11-slim-bookworm NATS_IMAGE=nats:2 S3_IMAGE=minio/minio:latest
        origin="made here, to stand in for images that can't be pulled"
    fi
    export BASE_IMAGE NATS_IMAGE S3_IMAGE REQUIRE_DOCKER=1
    echo "containers: Docker $(docker version --format '{{.Server.Version}}'); $BASE_IMAGE, $NATS_IMAGE and $S3_IMAGE: $origin"
}
