"""How user classes are called; known without importing Locust, which patches its process."""

from tokentape.contract.contract import Contract


def class_name(contract: Contract) -> str:
    """The class of a contract on Locust's command line: `AiChatSse` for `ai-chat/sse`."""
    return "".join(part.capitalize() for part in contract.key.replace("/", "-").split("-"))
