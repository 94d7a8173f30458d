"""The register map: one description, and what is made of it."""

import json

import pytest

from attnforge.hdl.contract.design import Field
from attnforge.hdl.contract.registers import design_registers, field_error, register_map
from tests.parts.host.host_bench import COUNTERS, FIELDS, front_end


def make(**changes):
    return register_map(**{"name": "toy", "slots": 2, "beat_bytes": 4, "config_words": {"ROWS": 3}, "fields": FIELDS,
                           "counters": COUNTERS, **changes})


def test_addresses_are_words_in_order_and_unique():
    offsets = [r.offset for r in make().registers]
    assert offsets == sorted(set(offsets))
    assert all(offset % 4 == 0 for offset in offsets)


def test_the_manifest_entry_is_json_and_carries_every_register():
    entry = json.loads(json.dumps(make().to_dict()))
    registers = {r["name"]: r for r in entry["registers"]}
    assert {r.name for r in make().registers} == set(registers)
    assert registers["LENGTH"]["low"] == 1 and registers["LENGTH"]["high"] == 40
    assert registers["ROWS"]["value"] == 3
    assert {e["name"]: e["code"] for e in entry["errors"]}["FIELD_ADDEND"] == field_error(1)


def test_driver_constants_name_addresses_bits_and_errors():
    constants = make().constants()
    assert constants["CONTROL"] == make()["CONTROL"].offset
    assert constants["CONTROL_SOFT_RESET_MASK"] == 2
    assert constants["STATUS_NEXT_NUMBER_LSB"] == 16
    assert constants["ERROR_QUEUE_FULL"] == 1


def test_the_tables_name_every_register_and_error():
    text = make().markdown()
    assert all(f"| {r.name} |" in text for r in make().registers)
    assert all(f"| {name} |" in text for name, _, _ in make().errors)


def test_an_unknown_register_is_refused_with_the_names_there_are():
    with pytest.raises(KeyError, match="no register 'SATUS'.*STATUS"):
        make()["SATUS"]


@pytest.mark.parametrize(("changes", "message"), [
    ({"fields": (Field("x", 4, 0, 16, ""),)}, "x has 4 bits, too few for its range 0 .. 16"),
    ({"fields": (Field("x", 4, 5, 4, ""),)}, "range 5 .. 4"),
    ({"fields": (Field("x", 33, 0, 1, ""),)}, "X has 1 to 32 bits, not 33"),
    ({"fields": (Field("status", 4, 0, 1, ""),)}, "two registers called STATUS"),
    ({"fields": tuple(Field(f"f{k}", 4, 0, 1, "") for k in range(65))}, "65 job registers, the map has room for 64"),
    ({"config_words": {"ROWS": -1}}, "CONFIG word ROWS is -1"),
])
def test_what_no_register_holds_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


@pytest.mark.parametrize(("changes", "message"), [
    ({"fields": FIELDS[:2]}, "other job registers"),
    ({"counters": ()}, "other counters"),
    ({"slots": 9}, "other slots or beat_bytes"),
    ({"slots": 0}, "slots is a number from 1 to 255, not 0"),
])
def test_gates_of_another_description_are_refused(changes, message):
    dut = front_end()
    arguments = {"registers": dut.registers, "fields": FIELDS, "slots": 3, "counters": COUNTERS, "beat_bytes": 1}
    if message == "other counters":
        arguments["counters"] = (Field("EVEN", 7, 0, 127, ""),)
        changes = {}
    with pytest.raises(ValueError, match=message):
        type(dut)(**{**arguments, **changes})


def test_a_design_record_is_enough():
    class Config:
        job_slots, beat_bytes = 5, 2

    class Record:
        name = "toy"
        config_words = staticmethod(lambda config: {"ROWS": 7})
        job_fields = staticmethod(lambda config: FIELDS)
        counters = staticmethod(lambda config: COUNTERS)

    registers = design_registers(Record, Config)
    assert registers["JOB_SLOTS"].value == 5 and registers["BEAT_BYTES"].value == 2 and registers["ROWS"].value == 7
