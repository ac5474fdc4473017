"""The non-streaming fallback of `threads`: the same run, answered when it has ended."""

from typing import Any

from starlette.responses import JSONResponse, Response

from tokentape.dialects.threads.wire import source
from tokentape.dialects.whole import Whole, WholeAnswer
from tokentape.runs.events import Finished, StepMoved, Stopped, UserMessageStored, WorkflowEnded


class WholeMessage(WholeAnswer):
    """Tells the answer, and what the stream would have told besides."""

    def spell(self, whole: Whole) -> Response:
        label = self._rendering.tape.label
        stopped = isinstance(whole.terminal, Stopped)
        message = {
            "id": label.message_id,
            "role": "assistant",
            "content": whole.text,
            "status": "stopped" if stopped else "complete",
            "runId": label.run_id,
        }
        payload: dict[str, Any] = {
            "response": whole.text,
            "message": message,
            "runId": label.run_id,
        }
        if stopped:
            payload["stopped"] = True
        steps = []
        for event in whole.others:
            match event:
                case UserMessageStored(_, _, created_at):
                    message["createdAt"] = created_at  # both were stored at once
                case StepMoved(workflow, step, status):
                    steps.append({"workflow": workflow, "step": step, "status": status})
                case WorkflowEnded(workflow, closing):
                    payload["workflowComplete"] = {"workflow": workflow, "message": closing}
                case Finished(finish_reason, _, sources):
                    payload["finishReason"] = finish_reason
                    if sources:
                        payload["sources"] = [source(one) for one in sources]
        if steps:
            payload["workflowStatus"] = steps
        return JSONResponse(payload)
