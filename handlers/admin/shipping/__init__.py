"""What the administration shows of shipping (发货信息管理), and what people do about it."""
