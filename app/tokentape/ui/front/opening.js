// A button that hands a file of the reader's to the server, which says by which id it is known there.

const root = (window.gradio_config?.root ?? "").replace(/\/+$/, "");
const button = element.querySelector("button");
const field = element.querySelector("input");

async function hand(file) {
  const body = new FormData();
  body.append("file", file);
  const session = encodeURIComponent(await server.own_key(null));
  const answer = await fetch(`${root}/uploads?session_hash=${session}`, { method: "POST", body });
  const told = await answer.json();
  return answer.ok ? { id: told.id } : { id: "", name: file.name, problem: told.error.message };
}

button.addEventListener("click", () => field.click());
field.addEventListener("change", async () => {
  const file = field.files[0];
  if (!file) return;
  button.disabled = true;
  const handed = await hand(file).catch(() => ({ id: "", name: file.name, problem: "The file could not be sent." }));
  field.value = ""; // the same file may be chosen again
  button.disabled = false;
  trigger("upload", handed);
});
