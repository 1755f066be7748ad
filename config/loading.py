"""Reads the settings: ``config.toml``, then ``HA_…`` environment variables; and writes ``config.example.toml``.

The marshmallow schemas that check what is given are derived from the sections.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from marshmallow import Schema, ValidationError, fields, validate

from config.sections import SECTIONS, Settings
from config.setting import ENVIRONMENT_PREFIX, ROOT, ConfigError

_FIELD_TYPES: dict[Any, tuple[str, Any]] = {
    str: ("text", lambda **kw: fields.String(**kw)),
    int: ("a whole number", lambda **kw: fields.Integer(strict=True, **kw)),
    float: ("a number", lambda **kw: fields.Float(**kw)),
    bool: ("true or false", lambda **kw: fields.Boolean(truthy={True}, falsy={False}, **kw)),
    list[str]: ("a list of texts", lambda **kw: fields.List(fields.String(), **kw)),
    list[list[int]]: (
        "a list of pairs of whole numbers",
        lambda **kw: fields.List(
            fields.List(fields.Integer(strict=True), validate=validate.Length(equal=2)), **kw
        ),
    ),
}


def _schema(section: type[Any]) -> Schema:
    hints = get_type_hints(section)
    declared = {
        item.name: _FIELD_TYPES[hints[item.name]][1](validate=item.metadata["check"])
        for item in dataclasses.fields(section)
    }
    return Schema.from_dict(declared, name=section.__name__)()


_SCHEMAS = {name: _schema(section) for name, section in SECTIONS.items()}


def load_settings(
    data: Path, file: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings.

    ``file`` None: ``config.toml`` in the product's folder if it is there, otherwise none. A ``file`` that is named
    must exist. Raises ConfigError.
    """
    environment = os.environ if environment is None else environment
    if file is None and (ROOT / "config.toml").is_file():
        file = ROOT / "config.toml"
    values = _read_file(file) if file else {}
    origin = {f"{section}.{key}": str(file) for section, keys in values.items() for key in keys}
    _overlay_environment(values, origin, environment)

    sections = {name: _load_section(name, values.get(name, {}), origin) for name in SECTIONS}
    source = str(file) if file else "defaults (no config.toml)"
    settings = Settings(data=data, source=source, file=file, stated=frozenset(origin), **sections)
    _refuse_ambiguity(settings)
    return settings


def _read_file(file: Path) -> dict[str, dict[str, Any]]:
    try:
        content = tomllib.loads(file.read_text("utf-8-sig"))  # Windows' editor begins a file with a BOM
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such configuration file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from None
    for name, section in content.items():
        if name not in SECTIONS:
            raise ConfigError(f"{file}: [{name}]: unknown section; expected one of {', '.join(SECTIONS)}")
        if not isinstance(section, dict):
            raise ConfigError(f"{file}: {name}: expected a section [{name}], found {_shortened(section)}")
    return content


def _overlay_environment(
    values: dict[str, dict[str, Any]], origin: dict[str, str], environment: Mapping[str, str]
) -> None:
    for variable in sorted(environment):
        if not variable.startswith(ENVIRONMENT_PREFIX):
            continue
        section, _, key = variable[len(ENVIRONMENT_PREFIX) :].lower().partition("_")
        if section not in SECTIONS or key not in {f.name for f in dataclasses.fields(SECTIONS[section])}:
            raise ConfigError(f"environment: {variable}: unknown setting; see config.example.toml")
        kind = get_type_hints(SECTIONS[section])[key]
        values.setdefault(section, {})[key] = _from_text(variable, environment[variable], kind)
        origin[f"{section}.{key}"] = f"environment: {variable}"


def _from_text(variable: str, text: str, kind: Any) -> Any:
    if kind is str:
        return text
    try:  # numbers, booleans and lists are written as in JSON
        return json.loads(text)
    except ValueError:
        raise ConfigError(
            f"environment: {variable}: expected {_FIELD_TYPES[kind][0]}, found {_shortened(text)}"
        ) from None


def _load_section(name: str, given: dict[str, Any], origin: dict[str, str]) -> Any:
    section = SECTIONS[name]
    declared = {item.name: item for item in dataclasses.fields(section)}
    try:
        return section(**_SCHEMAS[name].load(given))
    except ValidationError as error:
        key, problem = next(iter(error.messages_dict.items()))
        where = f"{origin.get(f'{name}.{key}', name)}: {name}.{key}"
        if key not in declared:
            raise ConfigError(f"{where}: unknown setting; expected one of {', '.join(declared)}") from None
        expected = _FIELD_TYPES[get_type_hints(section)[key]][0]
        found = "a value that is kept secret" if declared[key].metadata["secret"] else _shortened(given[key])
        raise ConfigError(f"{where}: expected {expected}, found {found}: {_first_problem(problem)}") from None


def _first_problem(problem: Any) -> str:
    while isinstance(problem, dict | list) and problem:
        problem = next(iter(problem.values())) if isinstance(problem, dict) else problem[0]
    return str(problem)


def _shortened(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _refuse_ambiguity(settings: Settings) -> None:
    """Real merchant data without a stated mode is a production machine that would start with the sandbox on."""
    if "server.mode" not in settings.stated and {"pay.mchid", "wechat.secret"} & settings.stated:
        raise ConfigError(
            f'{settings.source}: server.mode: expected "production" (or "development") beside a merchant number '
            "or app secret, found nothing"
        )


def example() -> str:
    """The text of ``config.example.toml``: every setting with its default and its meaning."""
    lines = [
        "# Every setting of HospitalAppointment with its default. Copy to config.toml and change what you need.",
        "# Each can also be given as an environment variable: HA_<SECTION>_<SETTING>, e.g. HA_SERVER_PORT=8080",
        "# (numbers, booleans and lists as in JSON). Made by `python main.py config-example`.",
    ]
    for name, section in SECTIONS.items():
        lines += ["", f"[{name}]"]
        for item in dataclasses.fields(section):
            default = item.default_factory() if callable(item.default_factory) else item.default
            mark = " (secret)" if item.metadata["secret"] else ""
            lines += [f"# {item.metadata['help']}{mark}", f"# {item.name} = {_toml(default)}"]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # texts, numbers, booleans, lists: the same in JSON and TOML
