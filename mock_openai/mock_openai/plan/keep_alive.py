"""When keep-alives are sent: comments between the frames. How one is written is the wire's
(`Wire.keep_alive`, for OpenAI `sse.KEEP_ALIVE`). Pure."""

from collections.abc import Sequence

from mock_openai.plan.plan import Frame

MOST = 10_000


def with_keep_alives(
    frames: Sequence[Frame], at: int, every_ns: int, comment: bytes
) -> tuple[Frame, ...]:
    """The frames with a comment when frame `at` is due and one after each `every_ns` up to the
    last frame, whether text comes in between or not: at most 10,000 of them."""
    due_ns = frames[at].due_ns
    left = MOST
    mixed = list(frames[:at])
    for frame in frames[at:]:
        while due_ns <= frame.due_ns and left:
            mixed.append(Frame(due_ns, comment, "comment"))
            left -= 1
            due_ns += every_ns
        mixed.append(frame)
    return tuple(mixed)
