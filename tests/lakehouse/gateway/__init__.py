"""The gateway, tested as its clients meet it: a real server process over loopback."""
