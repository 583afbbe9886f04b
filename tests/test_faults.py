"""What is wrong is told in the language of whoever asks, wherever it was met."""

import pickle
import re
from pathlib import Path
from typing import Annotated

import pydantic
import pytest

import sim
from sim.faults import Fault, InputFaults, from_pydantic, near, one_of, span, told
from sim.place.case import load_case
from sim.words import Words


def forms():
    """Return every form that a text of some file must have, as the sources write it."""
    wanted = re.compile(r"""(?:pattern=|^CURRENCY = )r?"(.*?)"[,)\n ]""", re.MULTILINE)
    sources = (path.read_text(encoding="utf-8") for path in Path(sim.__path__[0]).rglob("*.py"))
    return sorted({form for text in sources for form in wanted.findall(text)})


def test_the_forms_of_text_are_found():
    assert len(forms()) >= 9


@pytest.mark.parametrize("form", forms())
def test_the_form_of_a_text_is_told_in_words(form):
    field = pydantic.TypeAdapter(Annotated[str, pydantic.Field(pattern=form)])
    with pytest.raises(pydantic.ValidationError) as error:
        field.validate_python("\n?\n")
    (fault,) = from_pydantic(error.value, file="a.toml")
    assert form not in str(fault)
    assert "pattern" not in str(fault)


def test_words_keep_their_fields_and_are_told_again_with_the_numbers_of_a_language():
    most = told("at most {most:,} bytes", most=20_000)
    assert most == "at most 20,000 bytes"
    assert Words("en").told(most) == most
    assert Words("vi").told(most) == "nhiều nhất 20.000 byte"
    assert Words("vi").told(span(0, 1500.5, "bn VND a year")) == "từ 0 đến 1.500,5 tỷ đồng mỗi năm"
    hint = told("no such lever; {hint}", hint=near("fibre_buld", ["fibre_build"]))
    assert Words("vi").told(hint) == "không có biện pháp này; có phải là fibre_build?"


def test_what_somebody_gave_is_quoted_as_it_is():
    assert Words("vi").told("nothing") == "nothing"
    assert Words("vi").told(told("nothing")) == "chưa có gì"
    assert Words("vi").told(told("{name} again", name="{x}")) == "{x} lặp lại"


def test_faults_pass_to_another_process_whole():
    fault = Fault("a.csv", "line 2", told("{count} cells", count=3), one_of(["4", "5"]))
    again = pickle.loads(pickle.dumps(InputFaults([fault])))
    assert again.faults == (fault,)
    assert str(again) == "1 fault to fix\n  a.csv: line 2: given 3 cells; would do: one of 4, 5"
    assert Words("vi").fault(again.faults[0]) == "a.csv: line 2: 3 ô; cần: một trong 4, 5"


def test_what_a_model_refuses_by_itself_is_told_in_the_language_too(copy):
    areas = copy / "areas.csv"
    head, first, *rest = areas.read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    place = head.split(",").index("population")
    cells[place] = "1151.154"
    areas.write_text("\n".join([head, ",".join(cells), *rest]), encoding="utf-8")
    with pytest.raises(InputFaults) as caught:
        load_case(copy)
    told_again = Words("vi").faults(caught.value.faults)
    assert "population: '1151.154'; cần: số nguyên; có phải là 1151154?" in told_again
