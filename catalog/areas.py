"""The district in which a hospital is, from its address."""

from __future__ import annotations

import re

_ABOVE = re.compile(r"^.*?(?:省|自治区|特别行政区)|^.*?(?:市|自治州|地区|盟)")
_DISTRICT = re.compile(r"^[^0-9路街道号]{1,8}?(?:新区|区|县|旗|市)")


def area_of(address: str) -> str:
    """雁塔区 of 陕西省西安市雁塔区雁塔西路277号; empty when the address does not tell."""
    rest = address.strip()
    for _ in range(2):  # province, then city
        rest = _ABOVE.sub("", rest, count=1)
    found = _DISTRICT.match(rest)
    return found[0] if found else ""
