from pathlib import Path

import pytest

from depot.catalogue.service import FOLDER, SCHEMES, CatalogueError, load, load_schemes

SOURCE = (SCHEMES / "cedeo.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("code: delivery", "code: satisfaction", "norms.1.code is there twice: satisfaction"),
        ("code: delivery", "code: De levering", "norms.1.code is not a code in lower case"),
        ("verified: false", "verified: perhaps", "verified has the wrong type"),
        ("source: ", "sources: ", "source is missing"),
        (", en: Organisation}", "}", "norms.2.name.en is missing"),
    ],
)
def test_a_mistake_in_a_scheme_is_told_with_its_file(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in SOURCE
    (tmp_path / "cedeo.yaml").write_text(SOURCE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"^cedeo.yaml:\d+: ") as refused:
        load_schemes(tmp_path)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "old", "new", "reason"),
    [
        ("reference", "by: client", "by: customer", "confirmation.by names a field that does not exist: customer"),
        ("reference", "by: client", "by: startDate", "confirmation.by needs a field of type text: startDate"),
        ("reference", "address: contactEmail", "address: client", "confirmation.address needs a field of type email"),
        ("reference", "asked: [client,", "asked: [clients,", "confirmation.asked names a field that does not exist"),
        ("quality_mark", ", scheme: scheme}", "}", "equivalence.scheme is missing"),
        ("quality_mark", "scheme: scheme}", "scheme: validFrom}", "equivalence.scheme needs a field of type choice"),
    ],
)
def test_what_a_kind_asks_of_a_client_and_stands_for_names_its_own_fields(
    tmp_path: Path, kind: str, old: str, new: str, reason: str
) -> None:
    text = (FOLDER / f"{kind}.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "kind.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load(tmp_path)
    assert reason in str(refused.value)
