"""What users write for others to read, and their avatars: checked by WeChat, by the office where WeChat cannot say."""
