# SPDX-License-Identifier: Apache-2.0
"""Tests of docs/tools: stale snippets, missing regions, headings out of order are found."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/tools"))
import reference  # noqa: E402
import snippets  # noqa: E402

SOURCE = """int a;
    // [one]
    int b;  // why
        int c;
    // [/one]
/// About f.
constexpr int f() {
    return 1;
}
"""


class Snippets(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        (self.root / "code.cpp").write_text(SOURCE)

    def tearDown(self):
        self.folder.cleanup()

    def faults(self, page):
        return snippets.check_page(self.root, "page.md", page)[1]

    def test_a_region_loses_its_indentation_and_nothing_else(self):
        self.assertEqual(snippets.region(self.root, "code.cpp", "one"), "int b;  // why\n    int c;\n")

    def test_a_declaration_is_a_region_by_its_name(self):
        self.assertEqual(
            snippets.region(self.root, "code.cpp", "f"),
            "/// About f.\nconstexpr int f() {\n    return 1;\n}\n",
        )

    def test_a_stale_block_is_found_and_refreshed(self):
        page = "<!-- snippet: code.cpp#one -->\n```cpp\nint b;\n```\ntext\n"
        self.assertIn("page.md:2: differs", self.faults(page)[0])
        fresh = snippets.check_page(self.root, "page.md", page)[0]
        self.assertEqual(self.faults(fresh), [])
        self.assertTrue(fresh.endswith("```\ntext\n"))

    def test_code_without_a_source_is_a_fault(self):
        self.assertIn("no tested file", self.faults("```cpp\nint x;\n```\n")[0])
        self.assertEqual(self.faults("```sh\nls\n```\n"), [])

    def test_a_missing_file_or_region_is_a_fault(self):
        self.assertIn("no file", self.faults("<!-- snippet: gone.cpp#a -->\n```cpp\n```\n")[0])
        self.assertIn("no region", self.faults("<!-- snippet: code.cpp#gone -->\n```cpp\n```\n")[0])


class Reference(unittest.TestCase):
    def test_a_comment_is_cut_at_its_headings(self):
        sentence, _code, facts = reference.read_comment(
            ["max(x, 0). Errors   LAM-08 beta. Source   torch.nn.ReLU.", "         or so"]
        )
        self.assertEqual(sentence, "max(x, 0).")
        self.assertEqual(facts, [("Errors", "LAM-08 beta."), ("Source", "torch.nn.ReLU. or so")])

    def test_code_in_a_comment_stays_between_its_texts(self):
        self.assertEqual(
            reference.read_comment(["Write it so:", "", "    a();", "        b();", "", "Then go on."]),
            ("Write it so:", [["a();", "    b();"], "Then go on."], []),
        )

    def test_names_of_declarations(self):
        for text, name in [
            ("struct relu {", "relu"),
            ("constexpr tensor add(const tensor& a,", "add"),
            ("template <class N>\ninline constexpr auto plan = x;", "plan"),
            ("enum class op : unsigned char {", "op"),
            ("const result& operator[](std::string_view name) const {", "operator[]"),
        ]:
            self.assertEqual(reference.name_of(text), name)

    def test_private_members_and_detail_are_left_out(self):
        lines = [
            "/// A.",
            "class a {",
            "public:",
            "    /// B.",
            "    int b();",
            "private:",
            "    /// C.",
            "    int c();",
            "};",
            "namespace detail {",
            "/// D.",
            "int d();",
            "}  // namespace detail",
            "/// E.",
            "int e();",
        ]
        self.assertEqual([name for _, name, _, _ in reference.entities(lines)], ["a", "a::b", "e"])


if __name__ == "__main__":
    unittest.main()
