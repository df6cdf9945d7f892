"use strict";

const chat = document.getElementById("chat");
const notes = document.getElementById("notes");
const address = new URL(chat.dataset.socket, location.href);
address.protocol = location.protocol === "https:" ? "wss:" : "ws:";

/** Milliseconds until the first attempt to connect again, and at most. */
const PAUSE = 500;
const LONGEST_PAUSE = 10000;

let socket = null;
let name = null; // as we are known, once we are in the room
let wanted = null; // as we would like to be known
let last = 0; // the number of the newest note that is shown
let pause = PAUSE;

/** An element with text in it. What people wrote never becomes HTML. */
function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function setState(text, className = "") {
  const state = document.getElementById("state");
  state.textContent = text;
  state.className = className;
}

function problem(text) {
  document.getElementById("problem").textContent = text;
}

const NOTICES = {
  joined: (note) => `${note.name} came in`,
  left: (note) => `${note.name} left`,
  renamed: (note) => `${note.name} is now ${note.new}`,
};

function show(note) {
  if (note.id <= last) return; // seen before the connection was lost
  last = note.id;
  const atEnd = notes.scrollTop + notes.clientHeight >= notes.scrollHeight - 20;
  const line = document.createElement("li");
  const time = new Date(note.time * 1000);
  line.append(element("time", "", time.toLocaleTimeString([], { timeStyle: "short" })));
  if (note.type === "said") {
    line.className = note.name === name ? "said own" : "said";
    line.append(element("span", "name", note.name), element("span", "text", note.text));
  } else {
    line.className = "notice";
    line.append(element("span", "text", NOTICES[note.type](note)));
  }
  notes.append(line);
  while (notes.childElementCount > 1000) notes.firstElementChild.remove();
  if (atEnd) notes.scrollTop = notes.scrollHeight;
}

function showPeople(people) {
  const list = document.getElementById("people");
  list.replaceChildren(...people.map((person) => element("li", "", person)));
}

function receive(note) {
  if (note.type === "welcome") {
    name = wanted = note.name;
    pause = PAUSE;
    note.history.forEach(show);
    showPeople(note.people);
    document.getElementById("join").hidden = true;
    document.getElementById("say").hidden = false;
    document.getElementById("text").focus();
    setState(`connected as ${name}`, "connected");
    problem("");
  } else if (note.type === "refused") {
    problem(note.reason);
    // After a break the room may not have noticed yet that we were gone.
    if (note.to === "join" && name !== null) socket.close();
  } else {
    if (note.type === "renamed" && note.name === name) {
      name = wanted = note.new;
      setState(`connected as ${name}`, "connected");
    }
    show(note);
    if (note.people) showPeople(note.people);
  }
}

function send(request) {
  problem("");
  if (socket !== null && socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify(request));
    return true;
  }
  problem("not connected just now");
  return false;
}

function connect() {
  setState("connecting");
  socket = new WebSocket(address);
  socket.onopen = () => send({ type: "join", name: wanted, since: last });
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = () => {
    setState("connection lost, trying again");
    setTimeout(connect, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };
}

document.getElementById("join").onsubmit = (event) => {
  event.preventDefault();
  wanted = document.getElementById("name").value;
  if (socket === null) connect();
  else send({ type: "join", name: wanted, since: last });
};

document.getElementById("say").onsubmit = (event) => {
  event.preventDefault();
  const text = document.getElementById("text");
  if (send({ type: "say", text: text.value })) text.value = "";
};

document.getElementById("rename").onclick = () => {
  const text = document.getElementById("text");
  if (text.value && send({ type: "rename", name: text.value })) text.value = "";
};
