// SPDX-License-Identifier: Apache-2.0
// Equalisation and bias correction: what the changed weights compute in floats, and how far int8 plans of them are
// from fp32, with random weights and with ResNet-20's and MobileNetV2's.
#include "examples/mobilenetv2/mobilenetv2.hpp"
#include "examples/mobilenetv2/preprocess.hpp"
#include "examples/resnet20/resnet20.hpp"
#include "layers.hpp"
#include "support/int8.hpp"
#include "support/npy.hpp"
#include "support/skip.hpp"

#include <lamina/calibrate.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

/// Outputs of all samples, one behind the other.
std::vector<double> outputs_of(const network& net, const target& on, const weights& file,
    std::size_t count, const calibration_sample& sample) {
    const engine made(plan_at_run_time(net, on), file, device::best(), {.strict = false});
    context c = made.make_context();
    std::vector<double> out;
    for (std::size_t number = 0; number < count; ++number) {
        sample(c, number);
        c.run();
        const auto values = c.get(c.plan().outputs[0].name);
        out.insert(out.end(), values.begin(), values.end());
    }
    return out;
}

double decibels(const std::vector<double>& wanted, const std::vector<double>& got) {
    double signal = 0, noise = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        signal += wanted[i] * wanted[i];
        noise += (got[i] - wanted[i]) * (got[i] - wanted[i]);
    }
    return 10 * std::log10(signal / noise);
}

/// What calibrating with these options makes of a network.
struct trial {
    calibration found;
    std::vector<double> floats;  ///< of the changed weights
    std::vector<double> bytes;

    trial(const network& net, const weights& file, std::size_t count,
        const calibration_sample& sample, const calibration_options& options)
        : found(calibrate(net, file, count, sample, options)) {
        const std::vector<std::byte> all = found.with(file);
        const weights changed = weights::from_bytes(all, "changed");
        floats = outputs_of(net, cpu, changed, count, sample);
        bytes = outputs_of(net, cpu.int8(), changed, count, sample);
    }
};

/// An inverted residual block, with relu.
void block(network& net) {
    const tensor x = net.input("x", {2, 3, 16, 18});
    net.output("y",
        x
            | conv2d{"stem", {.out = 24, .kernel = 3, .pad = 1}}
            | batch_norm{"bn0"}
            | relu{}
            | conv2d{"deep", {.out = 24, .kernel = 3, .pad = 1, .groups = 24, .bias = true}}
            | leaky_relu{0.1f}
            | conv2d{"project", {.out = 16, .bias = true}}
            | conv2d{"last", {.out = 32, .bias = true}});
    REQUIRE(net.problems.empty());
}
/// Random weights of it, some channels of which are much larger than others.
tensors unequal(const network& net, random_source& random) {
    tensors out = drawn(net, random);
    const auto scale = [&](const char* name, std::size_t row, float by) {
        std::vector<float>& all = out.all[name];
        const std::size_t each = all.size() / 24;
        for (std::size_t i = 0; i < each; ++i) all[row * each + i] *= by;
    };
    for (std::size_t channel = 0; channel < 24; ++channel) {
        const float by = std::exp2(random.number(-7, 7));
        for (const char* name : {"bn0.weight", "bn0.bias"}) scale(name, channel, by);
        scale("deep.weight", channel, 1 / by);
    }
    return out;
}

/// Pictures for block().
struct drawn_pictures {
    std::vector<std::vector<float>> all;
    explicit drawn_pictures(random_source& random) {
        for (int i = 0; i < 4; ++i) all.push_back(random.numbers(2 * 3 * 16 * 18, 0, 2));
    }
    calibration_sample sample() const {
        return [this](context& c, std::size_t number) { c.set_input("x", all[number]); };
    }
};

}  // namespace

TEST_CASE(
    "equalize: the network computes the same, and int8 is as good as before the channels differed") {
    random_source random("int8 equalized");
    network net;
    block(net);
    tensors file = unequal(net, random);
    const weights given = file.file(net);
    const drawn_pictures pictures(random);
    const std::vector<double> wanted = outputs_of(net, cpu, given, 4, pictures.sample());
    const trial plain(net, given, 4, pictures.sample(), {});
    const trial equal(net, given, 4, pictures.sample(), {.equalize = true});
    CHECK(plain.found.equalized == 0);
    CHECK(plain.found.changed.empty());
    CHECK(equal.found.equalized == 3);
    CHECK(decibels(wanted, equal.floats) > 100);
    MESSAGE("int8: ", decibels(wanted, plain.bytes), " dB, equalized ",
        decibels(wanted, equal.bytes), " dB");
    CHECK(decibels(wanted, equal.bytes) > decibels(wanted, plain.bytes) + 1);
    // Of each channel both sides have one range.
    const auto find = [&](const std::string& name) -> const std::vector<float>& {
        for (const changed_tensor& one : equal.found.changed)
            if (one.name == name) return one.values;
        FAIL(name, " is not changed");
        return equal.found.changed[0].values;
    };
    const std::vector<float>&project = find("project.weight"), &last = find("last.weight");
    for (std::size_t c = 0; c < 16; ++c) {
        float before = 0, behind = 0;
        for (std::size_t i = 0; i < 24; ++i)
            before = std::max(before, std::fabs(project[c * 24 + i]));
        for (std::size_t o = 0; o < 32; ++o) behind = std::max(behind, std::fabs(last[o * 16 + c]));
        CHECK(before == doctest::Approx(behind).epsilon(0.02));
    }
}

TEST_CASE(
    "equalize leaves alone what depends on a channel's scale, shared weights and a second reader") {
    random_source random("int8 unequal");
    network net;
    const tensor x = net.input("x", {1, 16, 8, 8});
    const tensor a = x | conv2d{"a", {.out = 16}} | relu6{} | conv2d{"b", {.out = 16}};
    const tensor c = a | silu{} | conv2d{"c", {.out = 16}};
    const tensor d = add(c | conv2d{"d", {.out = 16}}, c);
    const tensor e = d | conv2d{name("shared").shared(), {.out = 16}} | relu{};
    net.output("y", e | conv2d{name("shared").shared(), {.out = 16}});
    REQUIRE(net.problems.empty());
    tensors file = drawn(net, random);
    const weights given = file.file(net);
    const std::vector<float> numbers = random.numbers(16 * 64);
    const calibration found = calibrate(net, given, 1,
        [&](context& run, std::size_t) { run.set_input("x", numbers); }, {.equalize = true});
    CHECK(found.equalized == 0);
    CHECK(found.changed.empty());
}

TEST_CASE("correct_bias: the mean error of an output that rounded weights make becomes small") {
    random_source random("int8 biases");
    network net;
    net.output("y",
        net.input("x", {2, 3, 16, 18})
            | conv2d{"stem", {.out = 32, .kernel = 3}}
            | relu{}
            | conv2d{"conv", {.out = 24}}
            | batch_norm{"bn"});
    REQUIRE(net.problems.empty());
    tensors file = drawn(net, random);
    // One large weight an output, so that the others are rounded to a few numbers.
    std::vector<float>& weight = file.all["conv.weight"] = random.numbers(24 * 32, -0.02f, 0.02f);
    for (std::size_t o = 0; o < 24; ++o) weight[o * 32 + o] = 2;
    file.all["stem.weight"] = random.numbers(32 * 27, 0, 0.2f);  // so that means are no zeros
    const weights given = file.file(net);
    const drawn_pictures pictures(random);
    const std::vector<double> wanted = outputs_of(net, cpu, given, 4, pictures.sample());
    const auto mean_error = [&](const std::vector<double>& got) {
        std::vector<double> sums(24, 0.0);
        const std::size_t inner = std::size_t{14} * 16;
        for (std::size_t i = 0; i < got.size(); ++i)
            sums[i / inner % 24] += (got[i] - wanted[i]) / static_cast<double>(8 * inner);
        double squares = 0;
        for (const double sum : sums) squares += sum * sum;
        return std::sqrt(squares / 24);
    };
    const trial plain(net, given, 4, pictures.sample(), {});
    const trial better(net, given, 4, pictures.sample(), {.correct_bias = true});
    CHECK(better.found.corrected == 1);
    REQUIRE(better.found.changed.size() == 1);
    CHECK(better.found.changed[0].name == "bn.bias");
    MESSAGE("mean error of a channel ", mean_error(plain.bytes), ", corrected ",
        mean_error(better.bytes));
    CHECK(mean_error(better.bytes) < 0.4 * mean_error(plain.bytes));
}

namespace {

/// int8 of a network with real weights, by each of these options.
std::vector<double> real_decibels(const network& net, const weights& file, std::size_t count,
    const calibration_sample& sample, const std::vector<calibration_options>& all) {
    const std::vector<double> wanted = outputs_of(net, cpu, file, count, sample);
    std::vector<double> out;
    for (const calibration_options& options : all) {
        const trial made(net, file, count, sample, options);
        out.push_back(decibels(wanted, made.bytes));
        MESSAGE(made.found.equalized, " pairs equalized, ", made.found.corrected,
            " biases corrected: ", out.back(), " dB");
        // Equalized weights compute the same. Corrected biases are right beside rounded weights alone.
        if (!options.correct_bias) CHECK(decibels(wanted, made.floats) > 90);
    }
    return out;
}

}  // namespace

TEST_CASE("ResNet-20 in int8 with changed weights loses nothing") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    network net;
    zoo::resnet20<zoo::shortcut::projection, 1>::define(net);
    const npy images = read_npy(data + "images/cifar10_test600/images_u8_nhwc.npy");
    std::vector<std::vector<float>> inputs;
    for (std::size_t i = 0; i < 40; ++i) {
        std::vector<float>& one = inputs.emplace_back(3 * 1024);
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t p = 0; p < 1024; ++p)
                one[c * 1024 + p]
                    = (static_cast<float>(images.integers[(i * 15 * 1024 + p) * 3 + c]) / 255
                          - 0.47f)
                    / 0.25f;
    }
    const auto found = real_decibels(net,
        weights::open(data + "resnet20_lamina/resnet20_cifar10.safetensors"), inputs.size(),
        [&](context& c, std::size_t i) { c.set_input("image", inputs[i]); },
        {{}, {.equalize = true}, {.correct_bias = true}, {.equalize = true, .correct_bias = true}});
    // Measured: 34.1, 35.5, 35.2 and 33.1 dB. A network without depthwise layers has little to gain; a mistake
    // costs 10 dB and more.
    for (const double each : found) CHECK(each > found[0] - 3);
}

TEST_CASE("MobileNetV2 in int8 with changed weights loses nothing") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    network net;
    zoo::mobilenetv2_of_bytes<>::define(net);
    std::vector<std::vector<std::uint8_t>> inputs;
    for (const auto& photo : std::filesystem::directory_iterator(data + "images/imagenet_photos"))
        if (photo.path().extension() != ".txt")
            inputs.push_back(
                mobilenetv2_program::to_input(examples::read_picture(photo.path().string())));
    REQUIRE(inputs.size() > 3);
    const auto found = real_decibels(net,
        weights::open(data + "mobilenetv2_imagenet/mobilenetv2_imagenet.safetensors"),
        inputs.size(), [&](context& c, std::size_t i) { c.set_input("image", inputs[i]); },
        {{}, {.equalize = true, .correct_bias = true}});
    CHECK(found[1] > found[0] + 3);  // measured: 18.4 and 24.7 dB
}
