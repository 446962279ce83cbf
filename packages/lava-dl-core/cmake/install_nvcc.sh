#!/usr/bin/env bash
# Installs the compiler of CUDA 12.9 in a manylinux_2_28 container, where wheels are built.
set -euo pipefail
machine=$(uname -m)
folder=${machine/aarch64/sbsa}
dnf -y install 'dnf-command(config-manager)'
dnf config-manager --add-repo \
    "https://developer.download.nvidia.com/compute/cuda/repos/rhel8/$folder/cuda-rhel8.repo"
dnf -y install cuda-nvcc-12-9 cuda-cudart-devel-12-9 cuda-cuobjdump-12-9
/usr/local/cuda-12.9/bin/nvcc --version
