"use strict";

const state = document.getElementById("state");
const events = new EventSource("/figures/stream");

events.onmessage = (event) => {
  for (const [name, value] of Object.entries(JSON.parse(event.data))) {
    const cell = document.querySelector(`[data-figure="${name}"]`);
    cell.textContent = typeof value === "object"
      ? Object.entries(value).map(([key, count]) => `${key}: ${count}`).join(", ")
      : value;
  }
  state.textContent = "live";
};
events.onerror = () => { state.textContent = "connection lost, trying again"; };
