"""Play the cases of charges, purchases and deliveries: `python -m tests.cases --list`, `NAME ...`, `--all`, `--write`."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from gateway.orders.tariff.text import Language
from tests.cases.collection import CASES
from tests.cases.judgement import faults_of
from tests.cases.play import play
from tests.cases.telling import SUFFIX, page, receipts, row, section, timeline

PAGES = Path(__file__).parents[2] / "docs/reference/orders"
LANGUAGES = {"en": Language.EN, "zh": Language.ZH_CN}


def page_of(language: Language) -> Path:
    """Return where the page of all cases is kept."""
    return PAGES / f"cases{SUFFIX[language]}.md"


def show(names: list[str], language: Language) -> int:
    """Play some cases and print what came of each; return how many were not as expected."""
    failed = 0
    for case in (case for case in CASES if case.name in names):
        played = play(case)
        says = case.en if language is Language.EN else case.zh
        print(f"{case.name}: {says}\n", *timeline(played), sep="\n")
        print("", *receipts(played, language), sep="\n\n")
        faults = faults_of(played)
        failed += bool(faults)
        print("", *(f"NOT AS EXPECTED: {fault}" for fault in faults), sep="\n")
    return failed


def write() -> int:
    """Play all cases and write the pages; return 0."""
    with ProcessPoolExecutor() as pool:
        all_played = list(pool.map(play, CASES))
    for language in LANGUAGES.values():
        sections = [(played.case, row(played, language), section(played, language)) for played in all_played]
        page_of(language).write_text(page(sections, language), encoding="utf-8")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cases", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="cases to play")
    parser.add_argument("--list", action="store_true", help="list all cases")
    parser.add_argument("--all", action="store_true", help="play all cases")
    parser.add_argument("--write", action="store_true", help="play all cases and write the pages of the reference")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of what is printed")
    given = parser.parse_args()
    language = LANGUAGES[given.lang]
    if given.write:
        return write()
    if given.list:
        print(*(f"{case.name:28} {case.en if language is Language.EN else case.zh}" for case in CASES), sep="\n")
        return 0
    known = [case.name for case in CASES]
    unknown = [name for name in given.names if name not in known]
    if unknown or not (given.names or given.all):
        parser.error(
            f"no case {unknown[0]}: --list names them" if unknown else "name a case, or --list, --all, --write"
        )
    return 1 if show(known if given.all else given.names, language) else 0


if __name__ == "__main__":
    sys.exit(main())
