#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of the text that the benchmark attacks the generic model has seen in its training.

    mps_bench_attack --write-texts FOLDER; check_overlap.py FOLDER

Counts pieces of 48 bytes of the attacked text that stand in the training text too, word for word. Notices of licences are told
apart: everybody copies these.
"""
import os
import re
import sys

import build_models

PIECE = 48
STEP = 16  # of the pieces that are remembered: every copy of 63 bytes holds one
NOTICE = re.compile(rb"copyright|licen[sc]e|warrant|liab|redistrib|permi(t|ssion)|software|damages|merchant|foundation|disclaim|endorse|"
                    rb"university|conditions|notice|negligence", re.IGNORECASE)
NEAR = 100  # bytes around a piece in which a notice gives itself away


def trained_pieces():
    texts = (build_models.english() + build_models.html() + build_models.other_scripts() + build_models.source()
             + build_models.packaged_json() + build_models.made_json() + build_models.http())
    return {text[at:at + PIECE] for text in texts for at in range(0, len(text) - PIECE, STEP)}


def main():
    trained = trained_pieces()
    folder = sys.argv[1]
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            text = file.read()
        at = notices = others = 0
        examples = []
        while at + PIECE <= len(text):
            piece = text[at:at + PIECE]
            if piece not in trained or len(set(piece)) < 8:  # rules of dashes and blanks
                at += 1
                continue
            if NOTICE.search(text[max(0, at - NEAR):at + PIECE + NEAR]):
                notices += PIECE
            else:
                others += PIECE
                examples.append(piece)
            at += PIECE
        print(f"{name}: {len(text)} bytes, {100 * notices / len(text):.2f} % in notices of licences, "
              f"{100 * others / len(text):.2f} % in other text that was trained on")
        for example in examples[::max(1, len(examples) // 3)][:3]:
            print(f"    {example}")


if __name__ == "__main__":
    main()
