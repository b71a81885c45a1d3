"""Write the words of alarms where the pages and the documentation have them: `python -m gateway.app.alarm_words`."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.alarm.catalogue import texts
from gateway.alarm.page import page

GATEWAY = Path(__file__).parents[1]
LANGUAGES = GATEWAY / "console" / "web" / "lang"
PAGE = GATEWAY.parent / "docs" / "reference" / "alarms.md"


def main() -> None:
    for language, words in texts().items():
        text = json.dumps(words, ensure_ascii=False, indent=1, sort_keys=True)
        (LANGUAGES / language / "alarm-words.json").write_text(f"{text}\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
