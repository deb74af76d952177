// SPDX-License-Identifier: Apache-2.0
// Finds faces on pictures of any size: prints a box for each and draws them into a PNG. The network's shape is the
// picture's.
#include "../support/program.hpp"
#include "detect.hpp"
#include "ultraface.hpp"

#include <lamina/plan_for.hpp>

#include <nlohmann/json.hpp>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

using net = zoo::ultraface_of_any_size;

int main(int argc, char** argv) {
    const auto start = examples::clock::now();
    CLI::App app("Finds the faces on a picture.");
    std::string image, weights, out, device;
    int side = 1280;
    bool json = false, plan = false;
    app.add_option("--image", image, "picture: PNG, JPEG or BMP")->required();
    app.add_option("--weights", weights, "ultraface_rfb320.safetensors")->required();
    app.add_option("--out", out, "PNG to write, the picture with a frame around each face");
    app.add_option("--side", side, "pixels of the longer side; larger pictures are scaled down")
        ->check(CLI::Range(64, 1280));
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    app.add_flag("--plan", plan, "print the plan's steps as a table, too");
    return examples::run_program(app, argc, argv, [&] {
        auto picture = examples::read_picture(image);
        const auto chosen = examples::chosen_device(device);
        const lamina::engine engine(
            lamina::plan_for<net>(chosen), lamina::weights::open(weights), chosen);
        // [run]
        lamina::context run = engine.make_context();
        const examples::picture input = ultraface_program::to_input(picture, side);
        run.set_input("image", input.rgb, {1, input.height, input.width, 3}).run();
        const auto faces = ultraface_program::find_faces(
            run.get("confidences"), run.get("locations"), input, picture);
        // [/run]
        const double first_ms = examples::ms_since(start);

        if (!out.empty()) {
            ultraface_program::draw(picture, faces);
            if (!stbi_write_png(out.c_str(), picture.width, picture.height, 3, picture.rgb.data(),
                    picture.width * 3))
                throw lamina::error(lamina::errc::file_not_written, out,
                    out + " cannot be written; check the folder, its permissions and the free space");
        }
        if (json) {
            auto all = nlohmann::ordered_json::array();
            for (const auto& f : faces)
                all.push_back({{"box", {f.left, f.top, f.right, f.bottom}}, {"score", f.score}});
            std::printf("%s\n", nlohmann::ordered_json{{"faces", all}}.dump(2).c_str());
            return;
        }
        if (plan) std::printf("%s\n", lamina::plan_table(engine.plan()).c_str());
        std::printf("%s: %zu face%s\n", image.c_str(), faces.size(), faces.size() == 1 ? "" : "s");
        for (const auto& f : faces)
            std::printf("  %6.1f %6.1f to %6.1f %6.1f  %5.1f %%\n", double{f.left}, double{f.top},
                double{f.right}, double{f.bottom}, 100 * double{f.score});
        const double run_ms = examples::median_ms([&] { run.run(); });
        std::printf("%dx%d pixels, %zu steps; first result after %.0f ms, then %.2f ms on %s\n",
            input.width, input.height, engine.plan().steps.size(), first_ms, run_ms,
            engine.device_of().name().c_str());
        if (!out.empty()) std::printf("drawn to %s\n", out.c_str());
    });
}
