// SPDX-License-Identifier: Apache-2.0
// Every layer. Made by tests/layout/lists.py;
// run it with --write when a file or a row comes or goes.
#pragma once
#include <lamina/layers/activation.hpp>
#include <lamina/layers/argmax.hpp>
#include <lamina/layers/attention.hpp>
#include <lamina/layers/avg_pool.hpp>
#include <lamina/layers/batch_norm.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/cast.hpp>
#include <lamina/layers/compare.hpp>
#include <lamina/layers/concat.hpp>
#include <lamina/layers/conv2d.hpp>
#include <lamina/layers/conv_transpose2d.hpp>
#include <lamina/layers/custom.hpp>
#include <lamina/layers/embedding.hpp>
#include <lamina/layers/flip.hpp>
#include <lamina/layers/global_pool.hpp>
#include <lamina/layers/linear.hpp>
#include <lamina/layers/logical.hpp>
#include <lamina/layers/matmul.hpp>
#include <lamina/layers/max_pool.hpp>
#include <lamina/layers/max_unpool.hpp>
#include <lamina/layers/normalize.hpp>
#include <lamina/layers/pad.hpp>
#include <lamina/layers/permute.hpp>
#include <lamina/layers/pixel_shuffle.hpp>
#include <lamina/layers/prelu.hpp>
#include <lamina/layers/reduce.hpp>
#include <lamina/layers/reshape.hpp>
#include <lamina/layers/resize.hpp>
#include <lamina/layers/slice.hpp>
#include <lamina/layers/softmax.hpp>
#include <lamina/layers/split.hpp>
#include <lamina/layers/topk.hpp>
#include <lamina/layers/unary.hpp>
#include <lamina/layers/where.hpp>
