// SPDX-License-Identifier: Apache-2.0
// Finds faces with their eyes, nose and mouth by MTCNN: three networks one after another. The first runs on a
// pyramid of pictures whose plans are made while the program runs; the others have plans of the compiler.
#include "../support/draw.hpp"
#include "../support/program.hpp"
#include "../zoo/mtcnn.hpp"
#include "detect.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>

#include <nlohmann/json.hpp>

namespace {

using mtcnn_program::face;

/// Candidates of R-Net and of O-Net that one run looks at; the last run's rest is zeros.
constexpr int refine_batch = 32, output_batch = 8;

class detector {
public:
    detector(const std::string& folder, const lamina::device& device)
        : device_(device),
          proposal_weights_(lamina::weights::open(folder + "/mtcnn_pnet.safetensors")),
          refine_(lamina::plan_for<zoo::mtcnn_rnet<refine_batch>>(device),
              lamina::weights::open(folder + "/mtcnn_rnet.safetensors"), device),
          output_(lamina::plan_for<zoo::mtcnn_onet<output_batch>>(device),
              lamina::weights::open(folder + "/mtcnn_onet.safetensors"), device) {}

    std::vector<face> find(const examples::picture& in, int least) const {
        std::vector<face> faces;
        for (const double scale : mtcnn_program::scales_of(in.width, in.height, least))
            for (const face& f : mtcnn_program::suppress(propose(in, scale), .5f))
                faces.push_back(f);
        faces = mtcnn_program::suppress(faces, .7f);
        for (face& f : faces) {
            mtcnn_program::shift(f, 0);
            mtcnn_program::make_square(f);
        }
        classify(refine_, in, 24, refine_batch, faces);
        faces = mtcnn_program::suppress(faces, .7f);
        for (face& f : faces) {
            mtcnn_program::shift(f, 1);
            mtcnn_program::make_square(f);
        }
        classify(output_, in, 48, output_batch, faces);
        for (face& f : faces) {
            for (std::size_t i = 0; i < 10; ++i) {
                const std::size_t axis = i / 5;
                const float side = f.box[axis + 2] - f.box[axis] + 1;
                f.landmarks[i] = f.landmarks[i] * side + f.box[axis] - 1;
            }
            mtcnn_program::shift(f, 1);
        }
        return mtcnn_program::suppress(faces, .7f, true);
    }
    const lamina::device& device() const { return device_; }

private:
    std::vector<face> propose(const examples::picture& in, double scale) const {
        const int width = static_cast<int>(in.width * scale + 1);
        const int height = static_cast<int>(in.height * scale + 1);
        lamina::network net;
        // Each pixel of the smaller picture is the mean of those that it covers.
        const lamina::tensor smaller = net.input("image", lamina::u8, {1, in.height, in.width, 3})
            | lamina::channels_first{}
            | lamina::normalize_picture{{.mean = 127.5f, .std = 128, .scale = 1}}
            | lamina::adaptive_avg_pool{{height, width}};
        zoo::mtcnn_pnet<>::define_on(net, smaller);
        lamina::check(net);
        const lamina::engine engine(
            lamina::plan_at_run_time(net, lamina::target_for(device_)), proposal_weights_, device_);
        const auto found = engine.run({{"image", in.rgb}});
        const lamina::shape& dims = found["faces"].dims;
        return mtcnn_program::proposals(
            found["faces"].values, found["boxes"].values, dims[2], dims[3], scale);
    }

    /// Keeps those that the network takes for faces, by more than 0.7, with what it says about each.
    static void classify(const lamina::engine& engine, const examples::picture& in, int side,
        int batch, std::vector<face>& faces) {
        const std::vector<float> all = mtcnn_program::cut_out(faces, in, side);
        const std::size_t one = 3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
        const auto together = static_cast<std::size_t>(batch);
        for (std::size_t first = 0; first < faces.size(); first += together) {
            const std::size_t count = std::min(together, faces.size() - first);
            std::vector<float> input(together * one);
            std::copy_n(&all[first * one], count * one, input.begin());
            const auto found = engine.run({{"image", input}});
            for (std::size_t i = 0; i < count; ++i) {
                face& f = faces[first + i];
                f.score = found["faces"].values[2 * i + 1];
                std::copy_n(&found["boxes"].values[4 * i], 4, f.shift.begin());
                if (side == 48)
                    std::copy_n(&found["landmarks"].values[10 * i], 10, f.landmarks.begin());
            }
        }
        std::erase_if(faces, [](const face& f) { return f.score <= .7f; });
    }

    lamina::device device_;
    lamina::weights proposal_weights_;
    lamina::engine refine_, output_;
};

void draw(examples::picture& on, std::span<const face> faces) {
    const int thick = std::max(1, std::min(on.width, on.height) / 200);
    for (const face& f : faces) {
        const auto& [left, top, right, bottom] = f.box;
        const std::array<examples::point, 4> corners{
            {{left, top}, {right, top}, {right, bottom}, {left, bottom}}};
        examples::outline(on, corners, examples::green, thick);
        for (std::size_t i = 0; i < 5; ++i) {
            const int x = static_cast<int>(f.landmarks[i]),
                      y = static_cast<int>(f.landmarks[i + 5]);
            examples::fill(on, x - 2 * thick, y - 2 * thick, x + 2 * thick + 1, y + 2 * thick + 1,
                examples::red);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Finds the faces on a picture, with eyes, nose and mouth.");
    std::string image, weights, out, device;
    int least = 40;
    bool json = false;
    app.add_option("--image", image, "picture: PNG, JPEG or BMP")->required();
    app.add_option(
           "--weights", weights, "folder of mtcnn_pnet, mtcnn_rnet and mtcnn_onet.safetensors")
        ->required();
    app.add_option("--out", out, "PNG to write, the picture with its faces marked");
    app.add_option("--least", least, "pixels of the smallest face that is looked for")
        ->check(CLI::Range(12, 1000));
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    return examples::run_program(app, argc, argv, [&] {
        auto picture = examples::read_picture(image);
        const detector finder(weights, examples::chosen_device(device));
        const auto start = examples::clock::now();
        const auto faces = finder.find(picture, least);
        const double ms = examples::ms_since(start);
        if (!out.empty()) {
            draw(picture, faces);
            examples::write_png(out, picture);
        }
        if (json) {
            auto all = nlohmann::ordered_json::array();
            for (const face& f : faces)
                all.push_back({{"box", f.box}, {"score", f.score}, {"landmarks", f.landmarks}});
            std::printf("%s\n", nlohmann::ordered_json{{"faces", all}}.dump(2).c_str());
            return;
        }
        std::printf("%s: %zu face%s\n", image.c_str(), faces.size(), faces.size() == 1 ? "" : "s");
        for (const face& f : faces) {
            std::printf("  %6.1f %6.1f to %6.1f %6.1f  %5.1f %%  ", double{f.box[0]},
                double{f.box[1]}, double{f.box[2]}, double{f.box[3]}, 100 * double{f.score});
            constexpr const char* parts[] = {"eye", "eye", "nose", "mouth", "mouth"};
            for (std::size_t i = 0; i < 5; ++i)
                std::printf(
                    " %s %.0f,%.0f", parts[i], double{f.landmarks[i]}, double{f.landmarks[i + 5]});
            std::printf("\n");
        }
        std::printf(
            "%.0f ms, with the plans of the pyramid, on %s\n", ms, finder.device().name().c_str());
        if (!out.empty()) std::printf("drawn to %s\n", out.c_str());
    });
}
