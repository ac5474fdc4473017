// A chat as the AI SDK's own documentation writes one, built from npm packages as an app is.
// The address says which chat: ?chat=ID, &resume to come back to its answer, &text for plain text.
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport, TextStreamChatTransport } from "ai";
import { createRoot } from "react-dom/client";

const asked = new URLSearchParams(location.search);
const chat = asked.get("chat");
const api = "/api/chat";
const transport = asked.has("text")
  ? new TextStreamChatTransport({ api: `${api}?protocol=text` })
  : new DefaultChatTransport({ api });

function Part({ part }) {
  if (part.type === "text") return <p data-part="text">{part.text}</p>;
  if (part.type === "reasoning") return <p data-part="reasoning">{part.text}</p>;
  if (part.type.startsWith("tool-")) {
    return <p data-part={part.type} data-state={part.state}>{JSON.stringify(part.input)}</p>;
  }
  return null;
}

function Chat() {
  const { messages, sendMessage, regenerate, status, error, stop } = useChat({
    id: chat,
    resume: asked.has("resume"),
    transport,
  });
  const ask = (event) => {
    event.preventDefault();
    sendMessage({ text: new FormData(event.target).get("question") });
  };
  // The client's own stop only hangs up, which to the server is a page that was left.
  const stopBoth = async () => {
    await fetch(`${api}/${encodeURIComponent(chat)}/stop`, { method: "POST" });
    stop();
  };
  return (
    <main>
      {messages.map((message) => (
        <article key={message.id} aria-label={message.role} data-run={message.metadata?.runId}>
          {message.parts.map((part, number) => <Part key={number} part={part} />)}
        </article>
      ))}
      <output>{status}</output>
      {error && <p role="alert">{error.message}</p>}
      <form onSubmit={ask}>
        <input name="question" aria-label="Question" />
        <button>Ask</button>
      </form>
      <button onClick={stopBoth}>Stop</button>
      <button onClick={() => regenerate()}>Again</button>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Chat />);
