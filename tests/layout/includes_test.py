# SPDX-License-Identifier: Apache-2.0
"""Tests of includes.py on small trees with one planted fault each."""

import pathlib
import tempfile
import unittest

import includes


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


if __name__ == "__main__":
    unittest.main()
