// SPDX-License-Identifier: Apache-2.0
// The list of all networks. A new one is a line here and one in torch_networks.py, which says what PyTorch
// calls it.
#include "networks.hpp"

#include "alexnet.hpp"
#include "arcface.hpp"
#include "bert.hpp"
#include "centernet.hpp"
#include "convnext.hpp"
#include "convnext_v2.hpp"
#include "crepe.hpp"
#include "crnn.hpp"
#include "csra.hpp"
#include "dbnet.hpp"
#include "dcgan.hpp"
#include "deeplab_v3.hpp"
#include "deeplab_v3_plus.hpp"
#include "deit.hpp"
#include "densenet.hpp"
#include "detr.hpp"
#include "efficientnet.hpp"
#include "faster_rcnn.hpp"
#include "ghostnet.hpp"
#include "googlenet.hpp"
#include "gpt2.hpp"
#include "higher_hrnet.hpp"
#include "hrnet.hpp"
#include "ibn_resnet.hpp"
#include "inception_v3.hpp"
#include "inception_v4.hpp"
#include "lenet.hpp"
#include "llama.hpp"
#include "lprnet.hpp"
#include "magika.hpp"
#include "mask_rcnn.hpp"
#include "mnasnet.hpp"
#include "mobilenet_v1.hpp"
#include "mobilenet_v2.hpp"
#include "mobilenet_v3.hpp"
#include "mobilenet_v4.hpp"
#include "mtcnn.hpp"
#include "openpose.hpp"
#include "pp_ocr_cls.hpp"
#include "pp_ocr_det.hpp"
#include "pp_ocr_rec.hpp"
#include "psenet.hpp"
#include "real_esrgan.hpp"
#include "refinedet.hpp"
#include "regnet.hpp"
#include "repvgg.hpp"
#include "res2net.hpp"
#include "resnet.hpp"
#include "retinaface.hpp"
#include "rt_detr.hpp"
#include "se_resnet.hpp"
#include "shufflenet_v2.hpp"
#include "silero_vad.hpp"
#include "squeezenet.hpp"
#include "ssd.hpp"
#include "style_transfer.hpp"
#include "superpoint.hpp"
#include "swin.hpp"
#include "three_d_pose.hpp"
#include "tsm.hpp"
#include "u2net.hpp"
#include "unet.hpp"
#include "vgg.hpp"
#include "vit.hpp"
#include "voice_encoder.hpp"
#include "whisper_encoder.hpp"
#include "yolo11.hpp"
#include "yolo12.hpp"
#include "yolo_cls.hpp"
#include "yolop.hpp"
#include "yolov10.hpp"
#include "yolov3.hpp"
#include "yolov3_tiny.hpp"
#include "yolov4.hpp"
#include "yolov5.hpp"
#include "yolov6.hpp"
#include "yolov7.hpp"
#include "yolov8.hpp"
#include "yolov9.hpp"

// The examples' own networks are in the same namespace: included here, a helper that is defined twice is an error.
#include "../mobilenetv2/mobilenetv2.hpp"
#include "../resnet20/resnet20.hpp"
#include "../storyteller/storyteller.hpp"
#include "../ultraface/ultraface.hpp"

#include <lamina/core/pattern.hpp>
#include <lamina/planner/check.hpp>

namespace zoo {
namespace {

template <class Net> void define(network& net, const shape* dims) {
    if (dims)
        Net::define(net, *dims);
    else
        Net::define(net);
}

/// Smaller where dims are given: the reference, which a comparison runs, takes minutes for 1000 proposals.
template <class Net, class Small> void define_either(network& net, const shape* dims) {
    if (dims)
        Small::define(net, *dims);
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
    {"vgg13_bn", define<vgg_bn<13>>},
    {"vgg16_bn", define<vgg_bn<16>>},
    {"vgg19_bn", define<vgg_bn<19>>},
    {"googlenet", define<googlenet<>>},
    {"inception_v3", define<inception_v3<>>},
    {"inception_v4", define<inception_v4<>>},
    {"resnet18", define<resnet<18>>},
    {"resnet34", define<resnet<34>>},
    {"resnet50", define<resnet<50>>},
    {"resnet101", define<resnet<101>>},
    {"resnet152", define<resnet<152>>},
    {"wide_resnet50_2", define<wide_resnet<50>>},
    {"wide_resnet101_2", define<wide_resnet<101>>},
    {"resnext50_32x4d", define<resnext<50, 32, 4>>},
    {"resnext101_32x8d", define<resnext<101, 32, 8>>},
    {"resnext101_64x4d", define<resnext<101, 64, 4>>},
    {"seresnet50", define<se_resnet<50>>},
    {"seresnext50_32x4d", define<se_resnet<50, 32, 4>>},
    {"res2net50_26w_4s", define<res2net<50, 26, 4>>},
    {"resnet50_ibn_a", define<ibn_resnet<50>>},
    {"densenet121", define<densenet<121>>},
    {"densenet161", define<densenet<161>>},
    {"densenet169", define<densenet<169>>},
    {"densenet201", define<densenet<201>>},
    {"squeezenet1_0", define<squeezenet1_0<>>},
    {"squeezenet1_1", define<squeezenet1_1<>>},
    {"mobilenet_v2", define<mobilenet_v2<>>},
    {"mobilenet_v3_large", define<mobilenet_v3<true>>},
    {"mobilenet_v3_small", define<mobilenet_v3<false>>},
    {"mobilenet_v1", define<mobilenet_v1<>>},
    {"mobilenet_v4_small", define<mobilenet_v4_small<>>},
    {"ghostnet", define<ghostnet<>>},
    {"repvgg_a0", define<repvgg<'a', 0>>},
    {"repvgg_a0_deployed", define<repvgg<'a', 0, true>>},
    {"repvgg_b1", define<repvgg<'b', 1>>},
    {"mnasnet0_5", define<mnasnet<50>>},
    {"mnasnet0_75", define<mnasnet<75>>},
    {"mnasnet1_0", define<mnasnet<100>>},
    {"mnasnet1_3", define<mnasnet<130>>},
    {"shufflenet_v2_x0_5", define<shufflenet_v2<5>>},
    {"shufflenet_v2_x1_0", define<shufflenet_v2<10>>},
    {"shufflenet_v2_x1_5", define<shufflenet_v2<15>>},
    {"shufflenet_v2_x2_0", define<shufflenet_v2<20>>},
    {"efficientnet_b0", define<efficientnet<0>>},
    {"efficientnet_b1", define<efficientnet<1>>},
    {"efficientnet_b2", define<efficientnet<2>>},
    {"efficientnet_b3", define<efficientnet<3>>},
    {"efficientnet_b4", define<efficientnet<4>>},
    {"efficientnet_b5", define<efficientnet<5>>},
    {"efficientnet_b6", define<efficientnet<6>>},
    {"efficientnet_b7", define<efficientnet<7>>},
    {"efficientnet_v2_s", define<efficientnet_v2<'s'>>},
    {"efficientnet_v2_m", define<efficientnet_v2<'m'>>},
    {"efficientnet_v2_l", define<efficientnet_v2<'l'>>},
    {"regnet_x_400mf", define<regnet_x<400>>},
    {"regnet_x_800mf", define<regnet_x<800>>},
    {"regnet_x_1_6gf", define<regnet_x<1600>>},
    {"regnet_x_3_2gf", define<regnet_x<3200>>},
    {"regnet_x_8gf", define<regnet_x<8000>>},
    {"regnet_x_16gf", define<regnet_x<16000>>},
    {"regnet_x_32gf", define<regnet_x<32000>>},
    {"regnet_y_400mf", define<regnet_y<400>>},
    {"regnet_y_800mf", define<regnet_y<800>>},
    {"regnet_y_1_6gf", define<regnet_y<1600>>},
    {"regnet_y_3_2gf", define<regnet_y<3200>>},
    {"regnet_y_8gf", define<regnet_y<8000>>},
    {"regnet_y_16gf", define<regnet_y<16000>>},
    {"regnet_y_32gf", define<regnet_y<32000>>},
    {"convnext_tiny", define<convnext<'t'>>},
    {"convnext_small", define<convnext<'s'>>},
    {"convnext_base", define<convnext<'b'>>},
    {"convnext_large", define<convnext<'l'>>},
    {"convnext_v2_atto", define<convnext_v2<40>>},
    {"convnext_v2_nano", define<convnext_v2<80>>},
    {"vit_b_16", define<vit<'b', 16>>},
    {"vit_b_32", define<vit<'b', 32>>},
    {"vit_l_16", define<vit<'l', 16>>},
    {"vit_l_32", define<vit<'l', 32>>},
    {"deit_tiny", define<deit<192>>},
    {"deit_small", define<deit<384>>},
    {"deit_base", define<deit<768>>},
    {"swin_t", define<swin<'t'>>},
    {"swin_s", define<swin<'s'>>},
    {"swin_b", define<swin<'b'>>},
    {"yolov5n-cls", define<yolov5_cls<'n'>>},
    {"yolov5s-cls", define<yolov5_cls<'s'>>},
    {"yolov5m-cls", define<yolov5_cls<'m'>>},
    {"yolov5l-cls", define<yolov5_cls<'l'>>},
    {"yolov5x-cls", define<yolov5_cls<'x'>>},
    {"yolov8n-cls", define<yolov8_cls<'n'>>},
    {"yolov8s-cls", define<yolov8_cls<'s'>>},
    {"yolov8m-cls", define<yolov8_cls<'m'>>},
    {"yolov8l-cls", define<yolov8_cls<'l'>>},
    {"yolov8x-cls", define<yolov8_cls<'x'>>},
    {"yolo11n-cls", define<yolo11_cls<'n'>>},
    {"yolo11s-cls", define<yolo11_cls<'s'>>},
    {"yolo11m-cls", define<yolo11_cls<'m'>>},
    {"yolo11l-cls", define<yolo11_cls<'l'>>},
    {"yolo11x-cls", define<yolo11_cls<'x'>>},
    {"hrnet_w18_small_v2", define<hrnet_w18_small_v2<>>},
    {"hrnet_w18", define<hrnet<18>>},
    {"hrnet_w32", define<hrnet<32>>},
    {"hrnet_w48", define<hrnet<48>>},
    {"csra_resnet101", define<csra<>>},
    {"tsm_resnet50", define<tsm<>>},
    // segmentation
    {"unet", define<unet<>>},
    {"deeplab_v3_resnet50", define<deeplab_v3<>>},
    {"deeplab_v3_resnet101", define<deeplab_v3<101>>},
    {"deeplab_v3_plus_resnet50", define<deeplab_v3_plus<>>},
    {"hrnet_w48_segmenter", define<hrnet_segmenter<48>>},
    {"fcn_resnet50", define<fcn<>>},
    {"pspnet_resnet50", define<pspnet<>>},
    {"u2net", define<u2net<>>},
    {"u2netp", define<u2net<true>>},
    // detection
    {"yolov3_tiny", define<yolov3_tiny<>>},
    {"yolov3", define<yolov3<>>},
    {"yolov3-spp", define<yolov3<true>>},
    {"yolov4", define<yolov4<>>},
    {"yolov5n", define<yolov5<'n'>>},
    {"yolov5s", define<yolov5<'s'>>},
    {"yolov5m", define<yolov5<'m'>>},
    {"yolov5l", define<yolov5<'l'>>},
    {"yolov5x", define<yolov5<'x'>>},
    {"yolov5n_anchors", define<yolov5_anchors<'n'>>},
    {"yolov5s_anchors", define<yolov5_anchors<'s'>>},
    {"yolov5n-seg", define<yolov5_anchors<'n', true>>},
    {"yolov5s-seg", define<yolov5_anchors<'s', true>>},
    {"yolov5m-seg", define<yolov5_anchors<'m', true>>},
    {"yolov5l-seg", define<yolov5_anchors<'l', true>>},
    {"yolov5x-seg", define<yolov5_anchors<'x', true>>},
    {"yolov6n", define<yolov6<'n'>>},
    {"yolov6s", define<yolov6<'s'>>},
    {"yolov6m", define<yolov6<'m'>>},
    {"yolov6l", define<yolov6<'l'>>},
    {"yolov6x", define<yolov6<'x'>>},
    {"yolov7-tiny", define<yolov7<'t'>>},
    {"yolov7", define<yolov7<'m'>>},
    {"yolov7_deployed", define<yolov7<'m', true>>},
    {"yolov7x", define<yolov7<'x'>>},
    {"yolov8n", define<yolov8<'n'>>},
    {"yolov8s", define<yolov8<'s'>>},
    {"yolov8m", define<yolov8<'m'>>},
    {"yolov8l", define<yolov8<'l'>>},
    {"yolov8x", define<yolov8<'x'>>},
    {"yolov8n-seg", define<yolov8<'n', yolo_task::segment>>},
    {"yolov8s-seg", define<yolov8<'s', yolo_task::segment>>},
    {"yolov8m-seg", define<yolov8<'m', yolo_task::segment>>},
    {"yolov8l-seg", define<yolov8<'l', yolo_task::segment>>},
    {"yolov8x-seg", define<yolov8<'x', yolo_task::segment>>},
    {"yolov8n-pose", define<yolov8<'n', yolo_task::pose>>},
    {"yolov8s-pose", define<yolov8<'s', yolo_task::pose>>},
    {"yolov8m-pose", define<yolov8<'m', yolo_task::pose>>},
    {"yolov8l-pose", define<yolov8<'l', yolo_task::pose>>},
    {"yolov8x-pose", define<yolov8<'x', yolo_task::pose>>},
    {"yolov8n-obb", define<yolov8<'n', yolo_task::rotated>>},
    {"yolov8s-obb", define<yolov8<'s', yolo_task::rotated>>},
    {"yolov8m-obb", define<yolov8<'m', yolo_task::rotated>>},
    {"yolov8l-obb", define<yolov8<'l', yolo_task::rotated>>},
    {"yolov8x-obb", define<yolov8<'x', yolo_task::rotated>>},
    {"yolov9t", define<yolov9<'t'>>},
    {"yolov9s", define<yolov9<'s'>>},
    {"yolov9m", define<yolov9<'m'>>},
    {"yolov9c", define<yolov9<'c'>>},
    {"yolov9e", define<yolov9e<>>},
    {"yolov10n", define<yolov10<'n'>>},
    {"yolov10s", define<yolov10<'s'>>},
    {"yolov10m", define<yolov10<'m'>>},
    {"yolov10b", define<yolov10<'b'>>},
    {"yolov10l", define<yolov10<'l'>>},
    {"yolov10x", define<yolov10<'x'>>},
    {"yolo11n", define<yolo11<'n'>>},
    {"yolo11s", define<yolo11<'s'>>},
    {"yolo11m", define<yolo11<'m'>>},
    {"yolo11l", define<yolo11<'l'>>},
    {"yolo11x", define<yolo11<'x'>>},
    {"yolo11n-seg", define<yolo11<'n', yolo_task::segment>>},
    {"yolo11s-seg", define<yolo11<'s', yolo_task::segment>>},
    {"yolo11m-seg", define<yolo11<'m', yolo_task::segment>>},
    {"yolo11l-seg", define<yolo11<'l', yolo_task::segment>>},
    {"yolo11x-seg", define<yolo11<'x', yolo_task::segment>>},
    {"yolo11n-pose", define<yolo11<'n', yolo_task::pose>>},
    {"yolo11s-pose", define<yolo11<'s', yolo_task::pose>>},
    {"yolo11m-pose", define<yolo11<'m', yolo_task::pose>>},
    {"yolo11l-pose", define<yolo11<'l', yolo_task::pose>>},
    {"yolo11x-pose", define<yolo11<'x', yolo_task::pose>>},
    {"yolo11n-obb", define<yolo11<'n', yolo_task::rotated>>},
    {"yolo11s-obb", define<yolo11<'s', yolo_task::rotated>>},
    {"yolo11m-obb", define<yolo11<'m', yolo_task::rotated>>},
    {"yolo11l-obb", define<yolo11<'l', yolo_task::rotated>>},
    {"yolo11x-obb", define<yolo11<'x', yolo_task::rotated>>},
    {"yolo12n", define<yolo12<'n'>>},
    {"yolo12s", define<yolo12<'s'>>},
    {"yolo12m", define<yolo12<'m'>>},
    {"yolo12l", define<yolo12<'l'>>},
    {"yolo12x", define<yolo12<'x'>>},
    {"yolop", define<yolop<>>},
    {"detr_resnet50", define<detr<>>},
    {"rtdetr-l", define<rt_detr<'l'>>},
    {"rtdetr-x", define<rt_detr<'x'>>},
    {"rtdetr-resnet50", define<rt_detr_resnet<50>>},
    {"rtdetr-resnet101", define<rt_detr_resnet<101>>},
    {"faster_rcnn_resnet50", define_either<faster_rcnn<>, faster_rcnn<50, 91, 64, 12>>},
    {"mask_rcnn_resnet50", define_either<mask_rcnn<>, mask_rcnn<50, 91, 64, 12>>},
    {"mtcnn_pnet", define<mtcnn_pnet<>>},
    {"mtcnn_rnet", define<mtcnn_rnet<>>},
    {"mtcnn_onet", define<mtcnn_onet<>>},
    {"retinaface", define<retinaface<>>},
    {"ssd300_vgg16", define<ssd300_vgg16<>>},
    {"refinedet320_vgg16", define<refinedet<>>},
    {"centernet_resnet18", define<centernet<>>},
    {"arcface_r18", define<arcface<18>>},
    {"arcface_r50", define<arcface<50>>},
    {"arcface_r100", define<arcface<100>>},
    {"superpoint", define<superpoint<>>},
    {"higher_hrnet_w32", define<higher_hrnet<>>},
    {"openpose", define<openpose<>>},
    {"three_d_pose", define<three_d_pose<>>},
    // text
    {"pp_ocr_det", define<pp_ocr_det<>>},
    {"pp_ocr_cls", define<pp_ocr_cls<>>},
    {"pp_ocr_rec", define<pp_ocr_rec<>>},
    {"dbnet_resnet18", define<dbnet<>>},
    {"psenet_resnet50", define<psenet<>>},
    {"crnn", define<crnn<>>},
    {"lprnet", define<lprnet<>>},
    // pictures from pictures
    {"style_transfer", define<style_transfer<>>},
    {"real_esrgan_x4", define<real_esrgan<23>>},
    {"real_esrgan_x4_anime", define<real_esrgan<6>>},
    {"dcgan", define<dcgan<>>},
    // sound
    {"silero_vad", define<silero_vad<>>},
    {"crepe_tiny", define<crepe<>>},
    {"crepe_full", define<crepe<true>>},
    {"voice_encoder", define<voice_encoder<>>},
    // files
    {"magika", define<magika<>>},
    // language
    {"bert_base", define<bert<>>},
    {"gpt2", define<gpt2<>>},
    {"llama_block", define<llama_block<>>},
    {"whisper_tiny_encoder", define<whisper_encoder<>>},
};

}  // namespace

std::span<const entry> networks() { return all; }

const entry* find(std::string_view name) {
    for (const entry& one : all)
        if (one.name == name) return &one;
    return nullptr;
}

changes small_changes(const entry& of) {
    const std::string_view name = of.name;
    const auto is_any = [&](auto... patterns) { return (matches(patterns, name) || ...); };
    changes out{.batch = {.max = 3}};
    if (is_any("tsm_*")) out.batch = {.min = 8, .max = 24, .step = 8};  // videos of 8 pictures
    if (is_any("lenet", "vit_*", "deit_*", "arcface_*", "ssd300_*", "lprnet", "mtcnn_rnet",
            "mtcnn_onet", "silero_vad", "crepe_*", "magika", "whisper_*"))
        return out;
    if (is_any("bert_*", "gpt2", "llama_*", "voice_encoder")) {
        out.length = {.min = 5, .opt = 12, .max = 40};
    } else if (is_any("crnn", "pp_ocr_rec")) {
        out.width = {.min = 16, .opt = 64, .max = 160, .step = 4};
    } else {
        const int step = is_any("refinedet*") ? 64 : 32;
        const int least = is_any("inception_*", "refinedet*") ? 128 : 64;
        out.height = {.min = least, .max = least + 2 * step, .step = step};
        out.width = {.min = least, .opt = least + step, .max = least + 3 * step, .step = step};
    }
    return out;
}

network defined(const entry& of, const shape* dims) {
    network net;
    of.define(net, dims);
    check(net);
    return net;
}

}  // namespace zoo
