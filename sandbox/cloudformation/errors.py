"""What can go wrong with a stack."""


class TemplateError(ValueError):
    """A template asks for what does not exist: a resource, an attribute, a function, a type."""


class DeploymentError(Exception):
    """A stack did not get where its template wanted it; the text names the stack and lists what failed."""
