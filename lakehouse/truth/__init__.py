"""Truth rules: conditions with actions, read from files; pure, so that anything may decide by them.

A call's values stand under three roots: `request` (the body as it was sent), `answer` (a
`chat.completion`) and `call` (who asks whom, under which label). A rule whose condition or
action names `answer` is of the answer stage; every other one is of the request stage.
"""
