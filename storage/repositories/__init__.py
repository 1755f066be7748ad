"""One small repository per subject. They hold the SQL; they know nothing of HTTP or of WeChat."""
