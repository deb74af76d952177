// SPDX-License-Identifier: Apache-2.0
// VGG-16 for ImageNet: Simonyan and Zisserman 2014, table 1, column D. The network alone; weights as
// torchvision's.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// Input "image" Nx3x224x224; output "logits" Nx1000. As torchvision.models.vgg16 (without batch
/// norm). Pictures of other sizes are pooled to 7x7, which does nothing to 224x224; `Hidden` is the
/// width of the two hidden layers of the classifier.
template <int Batch = 1, int Side = 224, int Hidden = 4096> struct vgg16 {
    static constexpr void define(network& net) {
        auto x = net.input("image", {Batch, 3, Side, Side});

        struct row {
            int convolutions, out;
        };
        constexpr row rows[] = {{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}};
        int layer = 0;  // torchvision counts the activations and pools too
        for (const row& r : rows) {
            for (int i = 0; i < r.convolutions; ++i, layer += 2)
                x = x
                    | conv2d{name("features") / layer,
                        {.out = r.out, .kernel = 3, .pad = 1, .bias = true}}
                    | relu{};
            x = x | max_pool{{.kernel = 2, .stride = 2}};
            ++layer;
        }

        const name classifier = "classifier";
        x = x
            | adaptive_avg_pool{{7, 7}}
            | flatten{}
            | dense{classifier / 0, Hidden}
            | relu{}
            | dense{classifier / 3, Hidden}
            | relu{};
        net.output("logits", x | dense{classifier / 6, 1000});
    }
};

}  // namespace zoo
