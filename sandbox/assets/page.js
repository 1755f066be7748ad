"use strict";
// The stand-in's page: buttons post JSON, the board is fetched again after each and every two seconds.
const board = document.getElementById("board");
const toast = document.getElementById("toast");
let shown = board.innerHTML;
let toastTimer = 0;

function say(text, bad = false) {
  toast.textContent = text;
  toast.className = bad ? "shown bad" : "shown";
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toast.className = ""; }, 2500);
}

async function call(path, method, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = body;
  }
  try {
    const response = await fetch(path, options);
    const answer = await response.json();
    if (answer.code === 0) {
      say(answer.errMsg || "已完成");
      return true;
    }
    say(answer.msg || "没有成功", true);
  } catch {
    say("服务器没有应答", true);
  }
  return false;
}

async function refresh() {
  try {
    const response = await fetch("board/");
    if (!response.ok) return;
    const html = await response.text();
    if (html === shown) return;
    const open = [...board.querySelectorAll("details[open]")].map((item) => item.dataset.key);
    shown = html;
    board.innerHTML = html;
    for (const item of board.querySelectorAll("details")) item.open = open.includes(item.dataset.key);
  } catch { /* the server restarts; the next round will tell */ }
}

board.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  button.disabled = true;
  if (button.dataset.post) await call(button.dataset.post, "POST", button.dataset.body);
  else await call(button.dataset.delete, "DELETE");
  button.disabled = false;
  await refresh();
});

const faultForm = document.getElementById("fault-form");
const parameters = document.getElementById("fault-parameters");

function showParameters() {
  const wanted = JSON.parse(faultForm.fault.selectedOptions[0].dataset.parameters);
  parameters.replaceChildren(...Object.entries(wanted).map(([name, value]) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.name = `parameter.${name}`;
    input.dataset.kind = typeof value;
    if (typeof value === "boolean") {
      input.type = "checkbox";
      input.checked = value;
    } else {
      input.value = value === null ? "" : String(value);
    }
    label.append(name, input);
    return label;
  }));
}

function faultWish() {
  const wish = {
    fault: faultForm.fault.value,
    scope: faultForm.scope.value.trim(),
    times: faultForm.times.value === "" ? null : Number(faultForm.times.value),
  };
  for (const input of parameters.querySelectorAll("input")) {
    const name = input.name.slice("parameter.".length);
    if (input.dataset.kind === "boolean") wish[name] = input.checked;
    else if (input.dataset.kind === "number") wish[name] = Number(input.value);
    else if (input.dataset.kind === "string") wish[name] = input.value;
    else wish[name] = input.value === "" ? null : Number(input.value);
  }
  return wish;
}

faultForm.fault.addEventListener("change", showParameters);
faultForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  await call("faults/", "POST", JSON.stringify(faultWish()));
  await refresh();
});

document.getElementById("settings-form").addEventListener("change", async (event) => {
  const input = event.target;
  const value = input.type === "checkbox" ? input.checked : input.type === "number" ? Number(input.value) : input.value;
  await call("settings/", "POST", JSON.stringify({ [input.name]: value }));
  await refresh();
});

showParameters();
setInterval(() => { if (!document.hidden) refresh(); }, 2000);
