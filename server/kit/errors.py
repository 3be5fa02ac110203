"""Errors with names and manners. Actions raise them; one handler turns them into a page or a problem document."""


class Fault(Exception):
    """Something a person must be told. `str()` is a plain Chinese sentence; `status` the HTTP status."""

    status = 500
    title = "出错了"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Refused(Fault):
    """The rules say no: nothing was changed."""

    status = 409
    title = "现在不能这样做"


class Invalid(Fault):
    """What was typed cannot be taken as it is; the person corrects it and sends again."""

    status = 422
    title = "请改一下"


class Missing(Fault):
    """There is no such thing, or it is not for this person's eyes: the answer is the same."""

    status = 404
    title = "没有找到"


class Unknown(Fault):
    """Nobody is logged in, or the token is not known."""

    status = 401
    title = "请先登录"


class Forbidden(Fault):
    """Logged in, but not allowed to do this."""

    status = 403
    title = "没有这个权限"


class TooMany(Fault):
    """A limit was reached; `retry_after` in seconds."""

    status = 429
    title = "太频繁了"

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unavailable(Fault):
    """The disk or a neighbour does not answer; trying again later may help."""

    status = 503
    title = "暂时不行"
