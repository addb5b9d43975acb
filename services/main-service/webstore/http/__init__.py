"""The HTTP API: requests are checked here, and the shop's errors become problem documents."""
