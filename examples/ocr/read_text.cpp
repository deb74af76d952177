// SPDX-License-Identifier: Apache-2.0
// Reads the text in a picture by PP-OCR: one network finds lines, one says which stand on their head, one reads
// them. The first one's plan is made while the program runs, for the picture's size. The last one has dims: its shape
// is that of the lines that it reads together.
#include "../support/lines.hpp"
#include "../support/program.hpp"
#include "../zoo/changing.hpp"
#include "../zoo/pp_ocr_cls.hpp"
#include "../zoo/pp_ocr_det.hpp"
#include "../zoo/pp_ocr_rec.hpp"
#include "lines.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>

#include <nlohmann/json.hpp>

namespace {

using ocr_program::box;

// [net]
inline constexpr int together = 6;  ///< lines that are read in one run, at most
using line_reader = zoo::changing<zoo::pp_ocr_rec<>,
    zoo::changes{
        .batch = {.max = together}, .width = {.min = 320, .opt = 480, .max = 3200, .step = 8}}>;
// [/net]

struct line {
    box at{};
    std::string text;
    double score = 0;
};

/// A picture of at most 2000 pixels a side, with black above and below one that is very wide or low; how to
/// come back from its places.
struct prepared_page {
    examples::picture picture;
    float scale_x = 1, scale_y = 1;
    int above = 0;

    explicit prepared_page(examples::picture from) : picture(std::move(from)) {
        const int longer = std::max(picture.width, picture.height);
        if (longer > 2000) {
            const auto whole
                = [&](int extent) { return std::max(32, (extent * 2000 / longer + 16) / 32 * 32); };
            const int width = whole(picture.width), height = whole(picture.height);
            scale_x = static_cast<float>(picture.width) / static_cast<float>(width);
            scale_y = static_cast<float>(picture.height) / static_cast<float>(height);
            picture = examples::stretch(picture, width, height);
        }
        if (picture.height > 30 && picture.width <= 8 * picture.height) return;
        above = std::abs(std::max(picture.width / 8, 30) * 2 - picture.height) / 2;
        examples::picture page = examples::blank(picture.width, picture.height + 2 * above);
        std::ranges::copy(picture.rgb, page.at(0, above));
        picture = std::move(page);
    }
    box back(box b) const {
        for (auto& p : b)
            p = {p.x * scale_x, std::max(p.y - static_cast<float>(above), 0.f) * scale_y};
        return b;
    }
};

class reader {
public:
    reader(const std::string& folder, const lamina::device& device)
        : device_(device), folder_(folder),
          letters_(examples::read_lines(folder + "/pp_ocr_rec.txt")),
          direction_(planned<zoo::pp_ocr_cls<>>("pp_ocr_cls", {1, 3, 48, direction_width})),
          reading_(lamina::engine(lamina::plan_for<line_reader>(device),
              lamina::weights::open(folder + "/pp_ocr_rec.safetensors"), device,
              {.reserve_arena = false})
                  .make_context()) {}

    std::vector<line> read(const examples::picture& picture) {
        const prepared_page page(picture);
        std::vector<line> out;
        std::vector<examples::picture> cuts;
        for (const box& at : find(page.picture)) {
            cuts.push_back(ocr_program::cut_out(page.picture, at));
            const auto input = ocr_program::line_input(cuts.back(), direction_width);
            if (direction_.run({{"lines", input}})["directions"].values[1] > .9f)
                cuts.back() = ocr_program::on_its_head(cuts.back());
            out.push_back({page.back(at), {}, 0});
        }
        read_letters(cuts, out);
        std::erase_if(out, [](const line& l) { return l.score < .5; });
        return out;
    }
    const lamina::device& device() const { return device_; }

private:
    static constexpr int direction_width = 192;

    template <class Net>
    lamina::engine planned(const std::string& name, const lamina::shape& dims) const {
        return planned<Net>(lamina::weights::open(folder_ + "/" + name + ".safetensors"), dims);
    }
    template <class Net>
    lamina::engine planned(const lamina::weights& weights, const lamina::shape& dims) const {
        lamina::network net;
        Net::define(net, dims);
        return planned(weights, net);
    }
    lamina::engine planned(const lamina::weights& weights, lamina::network& net) const {
        lamina::check(net);
        return {lamina::plan_at_run_time(net, lamina::target_for(device_)), weights, device_};
    }

    /// The shorter side becomes 736 if it is less, both multiples of 32.
    std::vector<box> find(const examples::picture& picture) const {
        const int shorter = std::min(picture.width, picture.height);
        const double scale = std::max(1.0, 736.0 / shorter);
        const auto whole = [&](int extent) {
            return std::max(
                32, static_cast<int>(std::lround(static_cast<int>(extent * scale) / 32.0)) * 32);
        };
        const int width = whole(picture.width), height = whole(picture.height);
        lamina::network net;
        zoo::pp_ocr_det<>::define_on(net,
            net.input("image", lamina::u8, {1, picture.height, picture.width, 3})
                | lamina::letterbox{{.size = {height, width}, .stretch = true}}
                | lamina::swap_colours{}
                | lamina::channels_first{}
                | lamina::normalize_picture{{.mean = 127.5f, .std = 127.5f, .scale = 1}});
        const auto engine
            = planned(lamina::weights::open(folder_ + "/pp_ocr_det.safetensors"), net);
        const auto found = engine.run({{"image", picture.rgb}});
        return ocr_program::boxes_of(
            {found["text"].values, height, width}, picture.width, picture.height);
    }

    // [read]
    /// Lines of nearly one length together, each filled up with zeros to the width of the longest.
    void read_letters(std::span<const examples::picture> cuts, std::span<line> out) {
        std::vector<std::size_t> order(cuts.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(
            order, {}, [&](std::size_t i) { return ocr_program::columns_of(cuts[i]); });
        for (std::size_t first = 0; first < order.size(); first += together) {
            const std::size_t count = std::min<std::size_t>(together, order.size() - first);
            const int longest = ocr_program::columns_of(cuts[order[first + count - 1]]);
            const int width = std::clamp((longest + 7) / 8 * 8, 320, 3200);
            std::vector<float> input;
            for (std::size_t i = 0; i < count; ++i) {
                const auto one = ocr_program::line_input(cuts[order[first + i]], width);
                input.insert(input.end(), one.begin(), one.end());
            }
            reading_.set_input("lines", input, {static_cast<int>(count), 3, 48, width}).run();
            const std::span<const float> all = reading_.get("characters");
            const std::size_t size = all.size() / count;
            for (std::size_t i = 0; i < count; ++i)
                decode(all.subspan(i * size, size), out[order[first + i]]);
        }
    }
    // [/read]

    /// Of each place the likeliest letter; equal neighbours are one, letter 0 separates (CTC).
    void decode(std::span<const float> all, line& out) const {
        const std::size_t count = letters_.size();
        int letters = 0;
        std::size_t before = 0;
        for (std::size_t first = 0; first + count <= all.size(); first += count) {
            const auto place = all.subspan(first, count);
            const auto best
                = static_cast<std::size_t>(std::ranges::max_element(place) - place.begin());
            if (best != before && best != 0) {
                out.text += letters_[best];
                out.score += static_cast<double>(place[best]);
                ++letters;
            }
            before = best;
        }
        if (letters) out.score /= letters;
    }

    lamina::device device_;
    std::string folder_;
    std::vector<std::string> letters_;
    lamina::engine direction_;
    lamina::context reading_;
};

/// The picture with its boxes, and beside it the texts at their places. Letters beyond ASCII are in what is
/// printed alone.
examples::picture drawn(const examples::picture& from, std::span<const line> lines) {
    examples::picture page = examples::blank(2 * from.width, from.height);
    examples::fill(page, 0, 0, page.width, page.height, examples::white);
    for (int y = 0; y < from.height; ++y) std::copy_n(from.at(0, y), 3 * from.width, page.at(0, y));
    const int thick = std::max(1, std::min(from.width, from.height) / 300);
    for (const line& l : lines) {
        examples::outline(page, l.at, examples::red, thick);
        box right = l.at;
        for (auto& p : right) p.x += static_cast<float>(from.width);
        examples::outline(page, right, examples::grey);
        const float wide = ocr_program::distance(l.at[0], l.at[1]);
        const int fits = static_cast<int>(wide) / std::max(1, examples::width_of(l.text));
        const int high = static_cast<int>(ocr_program::distance(l.at[0], l.at[3])) / 10;
        const auto corner = std::ranges::min(right, {}, [](auto p) { return p.x + p.y; });
        examples::write(page, static_cast<int>(corner.x) + 4, static_cast<int>(corner.y) + 4,
            l.text, examples::black, std::clamp(std::min(fits, high), 1, 8));
    }
    return page;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Reads the text in a picture.");
    std::string image, weights, out, device;
    bool json = false;
    app.add_option("--image", image, "picture: PNG, JPEG or BMP")->required();
    app.add_option("--weights", weights,
           "folder of pp_ocr_det, _cls and _rec.safetensors and pp_ocr_rec.txt")
        ->required();
    app.add_option(
        "--out", out, "PNG to write: the picture with its lines, and their text beside it");
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    return examples::run_program(app, argc, argv, [&] {
        const auto picture = examples::read_picture(image);
        reader reads(weights, examples::chosen_device(device));
        const auto start = examples::clock::now();
        const auto lines = reads.read(picture);
        const double ms = examples::ms_since(start);
        if (!out.empty()) examples::write_png(out, drawn(picture, lines));
        if (json) {
            auto all = nlohmann::ordered_json::array();
            for (const line& l : lines) {
                nlohmann::ordered_json corners = nlohmann::ordered_json::array();
                for (const auto& p : l.at) corners.push_back({p.x, p.y});
                all.push_back({{"text", l.text}, {"score", l.score}, {"box", corners}});
            }
            std::printf("%s\n", nlohmann::ordered_json{{"lines", all}}.dump(2).c_str());
            return;
        }
        std::printf(
            "%s: %zu line%s of text\n", image.c_str(), lines.size(), lines.size() == 1 ? "" : "s");
        for (const line& l : lines)
            std::printf("  %5.0f,%-5.0f %5.1f %%  %s\n", double{l.at[0].x}, double{l.at[0].y},
                100 * l.score, l.text.c_str());
        std::printf("%.0f ms, with the plans, on %s\n", ms, reads.device().name().c_str());
        if (!out.empty()) std::printf("drawn to %s\n", out.c_str());
    });
}
