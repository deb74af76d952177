# SPDX-License-Identifier: Apache-2.0
# Weight tools of Lamina: a package with one console command per job.
# Flow: torch_file / safetensors_file / wts_file -> dict of Tensor -> export, manifest, show, diff.
__version__ = "0.1.0"
