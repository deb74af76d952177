// SPDX-License-Identifier: Apache-2.0
// The list of all networks. A new one is a line here and one in torch_networks.py, which says what PyTorch
// calls it.
#include "networks.hpp"

#include "alexnet.hpp"
#include "convnext.hpp"
#include "crepe.hpp"
#include "densenet.hpp"
#include "efficientnet.hpp"
#include "googlenet.hpp"
#include "ibn_resnet.hpp"
#include "inception_v3.hpp"
#include "lenet.hpp"
#include "magika.hpp"
#include "mnasnet.hpp"
#include "mobilenet_v2.hpp"
#include "mobilenet_v3.hpp"
#include "mtcnn.hpp"
#include "pp_ocr_cls.hpp"
#include "pp_ocr_det.hpp"
#include "pp_ocr_rec.hpp"
#include "regnet.hpp"
#include "res2net.hpp"
#include "resnet.hpp"
#include "se_resnet.hpp"
#include "shufflenet_v2.hpp"
#include "silero_vad.hpp"
#include "squeezenet.hpp"
#include "style_transfer.hpp"
#include "unet.hpp"
#include "vgg.hpp"
#include "vit.hpp"
#include "voice_encoder.hpp"
#include "yolo11.hpp"
#include "yolo12.hpp"
#include "yolov10.hpp"
#include "yolov3.hpp"
#include "yolov3_tiny.hpp"
#include "yolov5.hpp"
#include "yolov6.hpp"
#include "yolov8.hpp"
#include "yolov9.hpp"

#include <lamina/planner/check.hpp>

namespace zoo {
namespace {

template <class Net> void define(network& net, const shape* dims) {
    if (dims)
        Net::define(net, *dims);
    else
        Net::define(net);
}

constexpr entry all[] = {
    // classification
    {"lenet", define<lenet<>>},
    {"alexnet", define<alexnet<>>},
    {"vgg11", define<vgg<11>>},
    {"vgg13", define<vgg<13>>},
    {"vgg16", define<vgg<16>>},
    {"vgg19", define<vgg<19>>},
    {"vgg11_bn", define<vgg_bn<11>>},
    {"googlenet", define<googlenet<>>},
    {"inception_v3", define<inception_v3<>>},
    {"resnet18", define<resnet<18>>},
    {"resnet50", define<resnet<50>>},
    {"resnext50_32x4d", define<resnext<50, 32, 4>>},
    {"seresnet50", define<se_resnet<50>>},
    {"res2net50_26w_4s", define<res2net<50, 26, 4>>},
    {"resnet50_ibn_a", define<ibn_resnet<50>>},
    {"densenet121", define<densenet<121>>},
    {"squeezenet1_0", define<squeezenet1_0<>>},
    {"squeezenet1_1", define<squeezenet1_1<>>},
    {"mobilenet_v2", define<mobilenet_v2<>>},
    {"mobilenet_v3_large", define<mobilenet_v3<true>>},
    {"mobilenet_v3_small", define<mobilenet_v3<false>>},
    {"mnasnet0_5", define<mnasnet<50>>},
    {"mnasnet1_0", define<mnasnet<100>>},
    {"shufflenet_v2_x0_5", define<shufflenet_v2<5>>},
    {"shufflenet_v2_x1_0", define<shufflenet_v2<10>>},
    {"efficientnet_b0", define<efficientnet<0>>},
    {"regnet_x_400mf", define<regnet_x<400>>},
    {"regnet_y_400mf", define<regnet_y<400>>},
    {"convnext_tiny", define<convnext<'t'>>},
    {"vit_b_16", define<vit<'b', 16>>},
    // segmentation
    {"unet", define<unet<>>},
    // detection
    {"yolov3_tiny", define<yolov3_tiny<>>},
    {"yolov3", define<yolov3<>>},
    {"yolov3-spp", define<yolov3<true>>},
    {"yolov5n", define<yolov5<'n'>>},
    {"yolov6n", define<yolov6<'n'>>},
    {"yolov8n", define<yolov8<'n'>>},
    {"yolov8s", define<yolov8<'s'>>},
    {"yolov8m", define<yolov8<'m'>>},
    {"yolov8l", define<yolov8<'l'>>},
    {"yolov8x", define<yolov8<'x'>>},
    {"yolov8n-seg", define<yolov8<'n', yolo_task::segment>>},
    {"yolov8n-pose", define<yolov8<'n', yolo_task::pose>>},
    {"yolov8n-obb", define<yolov8<'n', yolo_task::rotated>>},
    {"yolov9t", define<yolov9<'t'>>},
    {"yolov10n", define<yolov10<'n'>>},
    {"yolo11n", define<yolo11<'n'>>},
    {"yolo11n-seg", define<yolo11<'n', yolo_task::segment>>},
    {"yolo11n-obb", define<yolo11<'n', yolo_task::rotated>>},
    {"yolo12n", define<yolo12<'n'>>},
    {"mtcnn_pnet", define<mtcnn_pnet<>>},
    {"mtcnn_rnet", define<mtcnn_rnet<>>},
    {"mtcnn_onet", define<mtcnn_onet<>>},
    // text
    {"pp_ocr_det", define<pp_ocr_det<>>},
    {"pp_ocr_cls", define<pp_ocr_cls<>>},
    {"pp_ocr_rec", define<pp_ocr_rec<>>},
    // pictures from pictures
    {"style_transfer", define<style_transfer<>>},
    // sound
    {"silero_vad", define<silero_vad<>>},
    {"crepe_tiny", define<crepe<>>},
    {"crepe_full", define<crepe<true>>},
    {"voice_encoder", define<voice_encoder<>>},
    // files
    {"magika", define<magika<>>},
};

}  // namespace

std::span<const entry> networks() { return all; }

const entry* find(std::string_view name) {
    for (const entry& one : all)
        if (one.name == name) return &one;
    return nullptr;
}

network defined(const entry& of, const shape* dims) {
    network net;
    of.define(net, dims);
    check(net);
    return net;
}

}  // namespace zoo
