#!/bin/sh
# Install a lock of hashed pins into an image's environment, without what no service reads, and compiled.
# Usage: install_locked.sh LOCK
set -eu
environment=/opt/castlist/venv
packages=$(echo "$environment"/lib/python3*/site-packages)

/usr/local/bin/python -m pip --python "$environment/bin/python" install \
    --quiet --no-cache-dir --no-compile --only-binary :all: --require-hashes --requirement "$1"

# Tests and headers of all; of scipy what its optimize does not load; of ONNX Runtime its converters.
find "$packages" -depth -type d \( -name tests -o -name SelfTest \) -exec rm -rf {} +
find "$packages" -type f \( -name '*.pyi' -o -name '*.a' -o -name '*.pxd' -o -name '*.h' \) -delete
for part in numpy/distutils \
    scipy/cluster scipy/datasets scipy/io scipy/ndimage scipy/odr scipy/signal scipy/stats \
    onnxruntime/datasets onnxruntime/quantization onnxruntime/tools onnxruntime/transformers; do
    rm -rf "${packages:?}/$part"
done

"$environment/bin/python" -m compileall -q -j 0 "$packages"
