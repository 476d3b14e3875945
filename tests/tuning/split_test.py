"""The test part is taken out of the file, distributed like the whole."""

import csv
import os
import random
import unittest

from support import TuningTest
from tuning import TuningError
from tuning.split import split


class Split(TuningTest):
    def write(self, text):
        with open(self.path("data.csv"), "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def parts(self):
        out = []
        for name in ("search.csv", "test.csv"):
            with open(os.path.join(self.folder, name), encoding="utf-8", newline="") as file:
                out.append(file.read())
        return out

    def test_classes_and_numbers_are_shared_out_alike(self):
        draw = random.Random(1)
        rows = [(i, draw.choice("aaaab"), draw.gauss(0, 1)) for i in range(1000)]
        self.write("id,kind,value\n" + "".join(f"{i},{k},{v!r}\n" for i, k, v in rows))
        for target in ("kind", "value"):
            self.assertEqual(split(self.path("data.csv"), target, 0.15, 1, self.folder), (850, 150))
            search, test = (list(csv.DictReader(p.splitlines())) for p in self.parts())
            self.assertEqual(sorted(int(r["id"]) for r in search + test), list(range(1000)))
            if target == "kind":
                share = sum(k == "b" for _, k, _ in rows) / 1000
                self.assertAlmostEqual(sum(r["kind"] == "b" for r in test) / 150, share, delta=1 / 150)
            else:
                ranks = {i: n * 10 // 1000 for n, (i, _, _) in enumerate(sorted(rows, key=lambda r: r[2]))}
                tenths = [ranks[int(r["id"])] for r in test]
                self.assertEqual([tenths.count(t) for t in range(10)], [15] * 10)

    def test_records_stay_as_they_are(self):
        text = '\ufeffname,y\r\n"a\nb",1\r\n"NA",2\r\n"say ""x""",3\r\nlast,4'
        self.write(text)
        split(self.path("data.csv"), "y", 0.5, 1, self.folder)
        search, test = self.parts()
        self.assertTrue(search.startswith("name,y\r\n"))
        for record in '"a\nb",1\r\n', '"NA",2\r\n', '"say ""x""",3\r\n', "last,4\n":
            self.assertEqual((search + test).count(record), 1)

    def test_errors(self):
        for text, target, share, words in (("a,b\n1,2\n3,4\n", "c", 0.5, "no column 'c'"),
                                           ("a,b\n1,2\n3\n", "a", 0.5, "record 3 has 1 fields"),
                                           ('a,b\n"1,2\n', "a", 0.5, "never closed"),
                                           ("a,b\n", "a", 0.5, "no rows"),
                                           ("a,b\n1,2\n", "a", 0.5, "cannot be split"),
                                           ("a\n1\n2\n", "a", 1, "between 0 and 1")):
            self.write(text)
            with self.assertRaisesRegex(TuningError, words):
                split(self.path("data.csv"), target, share, 1, self.folder)
        with self.assertRaisesRegex(TuningError, "nowhere"):
            split("/nowhere.csv", "a", 0.5, 1, self.folder)


if __name__ == "__main__":
    unittest.main()
