"""Stories about complaints at WeChat."""

from tests.payment.conftest import shop_settings
from tests.wechat_complaints.complaining import stand_in_folder, stand_in_identity, tell
from tests.wechat_complaints.memory import memory

__all__ = ["memory", "shop_settings", "stand_in_folder", "stand_in_identity", "tell"]
