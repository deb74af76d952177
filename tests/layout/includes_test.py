# SPDX-License-Identifier: Apache-2.0
"""Tests of includes.py and lists.py on small trees with one planted fault each."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import includes
import lists


class includes_test(unittest.TestCase):
    def faults(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return includes.check(folder)[0]

    def test_the_flow_is_allowed(self):
        self.assertEqual(
            [],
            self.faults(
                {
                    "core/shape.hpp": "#include <cstdint>\n",
                    "graph/node.hpp": "#include <lamina/core/shape.hpp>\n",
                    "layers/conv2d.hpp": '#include "lamina/graph/node.hpp"\n#include "../core/shape.hpp"\n',
                    "runtime/gemm.impl.hpp": "#include <clblast_c.h>\n#include <CL/cl.h>\n#include <sys/mman.h>\n",
                    "kernels/catalog.hpp": "#include <lamina/kernels/a.cl.hpp>\n",
                    "kernels/a.cl.hpp": "",
                    "define.hpp": "#include <lamina/layers/conv2d.hpp>\n",
                }
            ),
        )

    def test_against_the_flow_is_not(self):
        for name, other in [
            ("core/a.hpp", "graph/b.hpp"),
            ("layers/a.hpp", "layers/b.hpp"),
            ("planner/a.hpp", "layers/b.hpp"),
            ("planner/a.hpp", "plan/read.hpp"),
            ("runtime/a.hpp", "graph/b.hpp"),
            ("runtime/a.hpp", "kernels/b.cl.hpp"),
            ("kernels/a.cl.hpp", "core/b.hpp"),
            ("reference/a.hpp", "runtime/b.hpp"),
        ]:
            with self.subTest(name=name, other=other):
                self.assertEqual(1, len(self.faults({name: f"#include <lamina/{other}>\n", other: ""})))

    def test_texts_of_kernels_know_their_length(self):
        for end, count in [("sv", 0), ("", 1)]:
            with self.subTest(end=end):
                self.assertEqual(count, len(self.faults({"kernels/a.cl.hpp": f'a = R"CLC(\n)CLC"{end};\n'})))

    def test_definitions_stand_between_run_and_third_party_headers(self):
        files = {
            "run.hpp": "#include <lamina/runtime/a.hpp>\n",
            "runtime/a.hpp": "#include <lamina/runtime/a.impl.hpp>\n#include <CL/cl.h>\n",
            "runtime/digest.hpp": "#include <sodium.h>\n",
            "runtime/a.impl.hpp": "#include <lamina/runtime/digest.hpp>\n",
        }
        self.assertEqual([], self.faults(files))
        files["runtime/a.hpp"] = "#include <lamina/runtime/digest.hpp>\n"
        self.assertEqual(1, len(self.faults(files)))

    def test_so_they_do_between_the_other_doors_of_the_library_and_those(self):
        files = {
            "debug.hpp": "#include <lamina/debug.impl.hpp>\n#include <lamina/reference/a.hpp>\n",
            "debug.impl.hpp": "#include <lamina/reference/b.hpp>\n",
            "reference/a.hpp": "",
            "reference/b.hpp": "#include <Eigen/Core>\n",
        }
        self.assertEqual([], self.faults(files))
        files["reference/a.hpp"] = "#include <lamina/reference/b.hpp>\n"
        self.assertEqual(1, len(self.faults(files)))

    def test_third_party_headers_have_their_place(self):
        for name, header in [
            ("core/a.hpp", "Eigen/Core"),
            ("runtime/a.hpp", "clblast_c.h"),
            ("runtime/a.hpp", "Eigen/Core"),
            ("plan/write.hpp", "flatbuffers/flatbuffers.h"),
            ("graph/a.hpp", "CL/cl.h"),
            ("core/a.hpp", "sys/mman.h"),
            ("core/a.hpp", "nlohmann/json.hpp"),
        ]:
            with self.subTest(name=name, header=header):
                self.assertEqual(1, len(self.faults({name: f"#include <{header}>\n"})))

    def test_a_door_reaches_nothing_behind_it(self):
        files = {
            "plan/flat_tables.hpp": "#include <flatbuffers/flatbuffers.h>\n",
            "plan.hpp": "#include <lamina/plan/flat_tables.hpp>\n",
        }
        self.assertIn("reaches third-party flatbuffers", self.faults(files)[0])

    def test_long_files_missing_files_and_unknown_folders_are_faults(self):
        self.assertIn("501 lines", self.faults({"core/a.hpp": "\n" * 501})[0])
        self.assertIn("no such file", self.faults({"core/a.hpp": "#include <lamina/core/b.hpp>"})[0])
        self.assertIn("not in the table", self.faults({"util/a.hpp": ""})[0])


class lists_test(unittest.TestCase):
    def test_a_new_file_and_a_new_row_make_a_list_stale(self):
        with tempfile.TemporaryDirectory() as root, contextlib.redirect_stdout(io.StringIO()):
            base = pathlib.Path(root, "include/lamina")
            for name in ("layers/a.hpp", "kernels/x.hpp", "planner/y.hpp", "reference/z.hpp"):
                base.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
                base.joinpath(name).write_text("#pragma once\n")
            schema = base / "plan/plan.fbs"
            schema.parent.mkdir()
            schema.write_text(
                "enum Kind : ubyte { a, b }  // of a fold\n"
                "table LayerFold {\n  kind:Kind;\n  at:ulong;\n  eps:float = 1;\n  names:[string];\n}\n"
            )
            row = "inline constexpr family_row x_family{op::flip, select_x};\n"
            base.joinpath("kernels/x.hpp").write_text(row)
            self.assertEqual(1, lists.main(root))
            self.assertEqual(0, lists.main(root, "--write"))
            self.assertEqual(0, lists.main(root))
            made = base.joinpath("kernels/families.hpp").read_text()
            self.assertIn("#include <lamina/kernels/x.hpp>\n", made)
            self.assertIn("    x_family,\n", made)
            self.assertNotIn("planner/y.hpp", made)  # it has no row
            base.joinpath("kernels/x.hpp").write_text(row + row.replace("x_family", "x2_family"))
            self.assertEqual(1, lists.main(root))
            lists.main(root, "--write")
            base.joinpath("layers/b.hpp").write_text("#pragma once\n")
            self.assertEqual(1, lists.main(root))
            lists.main(root, "--write")
            fields = base.joinpath("plan/tables.hpp").read_text()
            self.assertIn("struct layer_fold {\n    enum field : int { kind, at, eps, names };\n", fields)
            self.assertIn("wide[] = {1, 8, 4, 4};\n", fields)
            schema.write_text(schema.read_text().replace("at:ulong", "at:uint"))
            self.assertEqual(1, lists.main(root))


if __name__ == "__main__":
    unittest.main()
