"""How a service of AWS refuses: an answer without success, as botocore would parse it."""


class ServiceError(Exception):
    """`answer` is what the caller gets."""

    def __init__(self, code, message="", **more):
        super().__init__(code)
        self.answer = {"Error": {"Code": code, "Message": message}, "message": message, **more}
