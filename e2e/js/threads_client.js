// The client example of the dialect's own document, word for word; what it calls is ours.
async function sendStreamingMessage(threadId, content) {
  const response = await fetch(`/chat/threads/${threadId}/messages/stream`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Authorization': 'Bearer ' + token
    },
    body: JSON.stringify({ content })
  });

  const reader = response.body.getReader();
  const decoder = new TextDecoder();

  while (true) {
    const { done, value } = await reader.read();
    if (done) break;

    const chunk = decoder.decode(value);
    const lines = chunk.split('\n');
    
    for (const line of lines) {
      if (line.startsWith('data: ')) {
        try {
          const event = JSON.parse(line.slice(6));
          handleEvent(event);
        } catch (e) {
          console.error('Failed to parse SSE event:', e);
        }
      }
    }
  }
}

function handleEvent(event) {
  switch (event.type) {
    case 'ai_response':
      if (event.data.isComplete) {
        completeMessage(event.data.accumulated);
      } else {
        appendToMessage(event.data.content);
      }
      break;
    case 'error':
      showError(event.data.error);
      break;
    case 'done':
      finishStream();
      break;
  }
}
