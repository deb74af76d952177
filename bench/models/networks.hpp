// SPDX-License-Identifier: Apache-2.0
// The networks of bench/compare.py by their names, for the batches that it measures. torch_nets.py
// writes their weights.
#pragma once
#include "bench/models/bert_base.hpp"
#include "examples/mobilenetv2/mobilenetv2.hpp"
#include "examples/resnet20/resnet20.hpp"
#include "examples/ultraface/ultraface.hpp"
#include "examples/zoo/densenet.hpp"
#include "examples/zoo/efficientnet.hpp"
#include "examples/zoo/googlenet.hpp"
#include "examples/zoo/mobilenet_v2.hpp"
#include "examples/zoo/mobilenet_v3.hpp"
#include "examples/zoo/resnet.hpp"
#include "examples/zoo/squeezenet.hpp"
#include "examples/zoo/unet.hpp"
#include "examples/zoo/vgg.hpp"
#include "examples/zoo/vit.hpp"
#include "examples/zoo/yolov3_tiny.hpp"

#include <map>
#include <string>

namespace bench {

/// What defines a network, by the pictures or texts that it takes at once.
using definers = std::map<int, lamina::network (*)()>;

namespace detail {

template <class Network> lamina::network defined() {
    lamina::network net;
    Network::define(net);
    return net;
}

template <class One, class Eight, class Many> definers for_batches() {
    return {{1, defined<One>}, {8, defined<Eight>}, {32, defined<Many>}};
}

}  // namespace detail

inline const std::map<std::string, definers> networks{
    {"resnet18", detail::for_batches<zoo::resnet18<1>, zoo::resnet18<8>, zoo::resnet18<32>>()},
    {"resnet50", detail::for_batches<zoo::resnet50<1>, zoo::resnet50<8>, zoo::resnet50<32>>()},
    {"mobilenet_v2",
        detail::for_batches<zoo::mobilenet_v2<1>, zoo::mobilenet_v2<8>, zoo::mobilenet_v2<32>>()},
    {"mobilenet_v3_large",
        detail::for_batches<zoo::mobilenet_v3_large<1>, zoo::mobilenet_v3_large<8>,
            zoo::mobilenet_v3_large<32>>()},
    {"squeezenet1_1",
        detail::for_batches<zoo::squeezenet1_1<1>, zoo::squeezenet1_1<8>,
            zoo::squeezenet1_1<32>>()},
    {"vgg16", detail::for_batches<zoo::vgg16<1>, zoo::vgg16<8>, zoo::vgg16<32>>()},
    {"efficientnet_b0",
        detail::for_batches<zoo::efficientnet_b0<1>, zoo::efficientnet_b0<8>,
            zoo::efficientnet_b0<32>>()},
    {"densenet121",
        detail::for_batches<zoo::densenet121<1>, zoo::densenet121<8>, zoo::densenet121<32>>()},
    {"googlenet", detail::for_batches<zoo::googlenet<1>, zoo::googlenet<8>, zoo::googlenet<32>>()},
    {"yolov3_tiny",
        detail::for_batches<zoo::yolov3_tiny<1>, zoo::yolov3_tiny<8>, zoo::yolov3_tiny<32>>()},
    {"unet", detail::for_batches<zoo::unet<1>, zoo::unet<8>, zoo::unet<32>>()},
    {"vit_b_16", detail::for_batches<zoo::vit_b_16<1>, zoo::vit_b_16<8>, zoo::vit_b_16<32>>()},
    {"resnet20",
        detail::for_batches<zoo::resnet20<zoo::shortcut::projection, 1>,
            zoo::resnet20<zoo::shortcut::projection, 8>,
            zoo::resnet20<zoo::shortcut::projection, 32>>()},
    {"mobilenetv2",
        detail::for_batches<zoo::mobilenetv2<1>, zoo::mobilenetv2<8>, zoo::mobilenetv2<32>>()},
    {"ultraface", detail::for_batches<zoo::ultraface<1>, zoo::ultraface<8>, zoo::ultraface<32>>()},
    {"bert_base", detail::for_batches<bert_base<1>, bert_base<8>, bert_base<32>>()},
};

}  // namespace bench
