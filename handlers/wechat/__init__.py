"""What WeChat sends to this server."""
