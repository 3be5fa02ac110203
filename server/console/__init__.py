"""The server's commands, a module for each group; `changxiaozhan.py` mounts them.

What a command needs is imported when it runs: whoever asks for help must not wait for the whole server.
"""
