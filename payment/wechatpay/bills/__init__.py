"""The daily bills of WeChat Pay: the file as it is downloaded, its lines, what they say."""
