"""What enters and what leaves. The kept wire names live here alone, as marshmallow ``data_key``."""
