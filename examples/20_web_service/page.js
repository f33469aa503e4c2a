// Shows a thread, and sends what the person says. Whatever comes from the agent is set as text and
// never as HTML.
"use strict";

const [log, status, composer, text, send, stop] =
  ["log", "status", "composer", "text", "send", "stop"].map((id) => document.getElementById(id));
let thread = location.pathname.match(/^\/threads\/(.+)$/)?.[1];
let shown = new Map(); // what the turn has shown, by its id

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function add(child) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  // What is asked stays at the end.
  const asked = child.matches(".ask") ? null : log.querySelector(".ask");
  if (!child.isConnected) log.insertBefore(child, asked);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// Begins something, or replaces it by what has become of it.
function set(id, child) {
  shown.get(id)?.replaceWith(child);
  shown.set(id, child);
  add(child);
}

function diff(change) {
  const lines = change.diff.replace(/\n$/, "").split("\n").map((line) => {
    // Of a new file the diff is the whole text, and so it is of one that goes.
    const added = change.kind.type === "add" || line.startsWith("+");
    const removed = change.kind.type === "delete" || line.startsWith("-");
    return element("span", added ? "added" : removed ? "removed" : "", line + "\n");
  });
  return [element("div", "title", change.path), element("pre", "", ...lines)];
}

const words = (name) => name.replace(/[A-Z]/g, (letter) => " " + letter.toLowerCase());

// An item as the protocol has it.
function draw(item) {
  switch (item.type) {
    case "userMessage":
      return element("p", "said user", item.content.map((part) => part.text ?? `(${part.type})`).join("\n"));
    case "agentMessage":
      return element("p", "said agent", element("span", "more", item.text));
    case "commandExecution": {
      const command = item.commandActions?.map((action) => action.command).join(" && ") || item.command;
      const state = item.exitCode == null ? words(item.status) : `exit code ${item.exitCode}`;
      return element("div", "card command",
        element("div", "title", element("code", "", `$ ${command}`), element("span", "state", state)),
        element("pre", "more", item.aggregatedOutput ?? ""));
    }
    case "fileChange":
      return element("div", "card change",
        element("div", "title", "Changed files", element("span", "state", words(item.status))),
        ...item.changes.flatMap(diff));
    case "reasoning":
      return element("p", "note said", item.summary?.join("\n") ?? "");
    default:
      return element("p", "note", words(item.type));
  }
}

function ask({ id, card }) {
  const buttons = [["Decline", false], ["Accept", true]].map(([label, accept]) => {
    const button = element("button", label.toLowerCase(), label);
    button.onclick = () => {
      buttons.forEach((button) => (button.disabled = true));
      post(`/api/threads/${thread}/decisions`, { id, accept }).catch(complain);
    };
    return button;
  });
  const what = card.changes?.flatMap(diff) ?? [element("pre", "", card.command ?? "(access to the network)")];
  set(id, element("div", "card ask",
    element("div", "title", card.changes ? "May these files be changed?" : `May this run in ${card.cwd}?`),
    ...what,
    ...(card.reason ? [element("div", "note", card.reason)] : []),
    element("div", "buttons", ...buttons)));
}

function complain(error) {
  add(element("p", "error", error.message));
}

const show = {
  turn() {
    shown = new Map();
    status.textContent = "working…";
    stop.hidden = false;
  },
  item: ({ item }) => set(item.id, draw(item)),
  more({ id, text }) {
    const item = shown.get(id);
    item?.querySelector(".more")?.append(text);
    if (item) add(item);
  },
  ask,
  settled: ({ id }) => shown.get(id)?.remove(),
  end(turn) {
    status.textContent = turn.status ?? "failed";
    stop.hidden = true;
    if (turn.error) complain(new Error(turn.error));
  },
  failed({ error }) {
    events.close();
    status.textContent = "";
    complain(new Error(error));
  },
};

// The service tells everything from the beginning, also after a pause in the connection.
let events;
function listen() {
  events = new EventSource(`/api/threads/${thread}/events`);
  events.onopen = () => {
    log.replaceChildren();
    status.textContent = "";
  };
  events.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    show[event.type](event);
  };
  events.onerror = () => {
    status.textContent = "The service does not answer. Trying again…";
    stop.hidden = true;
  };
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.headers.get("content-type")?.includes("json") ? response.json() : null;
}

composer.onsubmit = async (event) => {
  event.preventDefault();
  if (!text.value.trim() || send.disabled) return;
  send.disabled = true;
  try {
    const said = await post("/api/messages", { thread, text: text.value });
    text.value = "";
    if (!thread) {
      thread = said.thread;
      history.replaceState(null, "", `/threads/${thread}`);
      listen();
    }
  } catch (error) {
    complain(error);
  }
  send.disabled = false;
  text.focus();
};
text.onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
};
stop.onclick = () => post(`/api/threads/${thread}/interrupt`, {}).catch(complain);

if (thread) listen();
