/* The assignment desk. Without this file an order is picked and a half-day pressed all the same; with it cards can be
   dragged, what does not fit is dimmed, and the page is not loaded again. */
(function () {
  "use strict";

  function form() { return document.getElementById("deskform"); }
  function picked() { return form().querySelector("[name=pick]:checked"); }

  /* Has this half-day room for the picked order? Of a whole day both halves have to be free. */
  function hasRoom(td, order) {
    var halves = order.dataset.halves.split(" ");
    if (td.dataset.day !== order.dataset.day || halves.indexOf(td.dataset.half) < 0) return false;
    if ("wholeDay" in order.dataset) {
      return halves.every(function (half) {
        var other = td.parentElement.querySelector("td[data-day='" + td.dataset.day + "'][data-half='" + half + "']");
        return other.dataset.room === "all";
      });
    }
    return td.dataset.room === "all" || (td.dataset.room === "errand" && "errand" in order.dataset);
  }

  function show() {
    if (!form()) return;
    var order = picked();
    form().classList.toggle("picking", Boolean(order));
    form().classList.toggle("moves", Boolean(order && "moves" in order.dataset));
    form().querySelectorAll(".cells [data-day]").forEach(function (each) {
      each.classList.toggle("elsewhere", Boolean(order) && each.dataset.day !== order.dataset.day);
    });
    form().querySelectorAll("td[data-room]").forEach(function (td) {
      var fits = Boolean(order) && hasRoom(td, order);
      td.classList.toggle("fits", fits);
      var button = td.querySelector("button.cell");
      if (button) button.tabIndex = fits ? 0 : -1;
    });
    var said = document.getElementById("picked");
    said.hidden = !order;
    said.firstElementChild.textContent = !order ? "" : "已选 " + order.dataset.words + ("moves" in order.dataset ? "：点一格换人" : "：点一格安排");
    count();
  }

  function count() {
    var button = form().querySelector("[data-suggest]");
    var ticked = form().querySelectorAll("[name^=order_]:checked").length;
    button.textContent = ticked ? "建议 " + ticked + " 单" : "建议";
    button.disabled = !ticked;
  }

  function fail(words) {
    var notice = document.getElementById("trouble");
    notice.textContent = words;
    notice.hidden = false;
    notice.scrollIntoView({ block: "nearest" });
  }

  /* The answer replaces the desk; what was ticked stays ticked, and both lists stay where they are. */
  function replace(text) {
    var ticked = Array.from(form().querySelectorAll("[name^=order_]:checked"), function (each) { return each.name; });
    var scrolled = [".waiting", ".board .table-card"].map(function (one) { return document.querySelector(one) ? document.querySelector(one).scrollTop : 0; });
    var holder = document.createElement("template");
    holder.innerHTML = text;
    var fresh = holder.content.getElementById("desk");
    if (!fresh) { fail("没有完成：请刷新页面再试。"); return; }
    document.getElementById("desk").replaceWith(fresh);
    ticked.forEach(function (name) {
      var box = form().elements[name];
      if (box) box.checked = true;
    });
    [".waiting", ".board .table-card"].forEach(function (one, place) {
      if (document.querySelector(one)) document.querySelector(one).scrollTop = scrolled[place];
    });
    begin();
    document.dispatchEvent(new CustomEvent("desk:changed"));
  }

  function send(cell) {
    var order = picked();
    if (!order) { fail("先选一个订单，再选陪诊员的半天。"); return; }
    if ("moves" in order.dataset) {
      var name = cell.closest("tr").dataset.name;
      if (!window.confirm(order.dataset.words + " 换给 " + name + "？时段不变，两位陪诊员和用户都会收到消息。")) return;
    }
    var fields = new URLSearchParams(new FormData(form()));
    fields.set("cell", cell.value);
    form().setAttribute("aria-busy", "true");
    cell.disabled = true;
    fetch(form().action, {
      method: "POST",
      headers: { "HX-Request": "true", "X-XSRFToken": form().elements._xsrf.value },
      body: fields
    }).then(function (answer) {
      return answer.text().then(function (text) {
        if (answer.ok && !answer.redirected) { replace(text); return; }
        fail(answer.status === 401 ? "登录已超时，没有安排。请在新窗口登录后再试。" : "没有完成：" + text);
        again(cell);
      });
    }).catch(function () {
      fail("连接不上服务器，不知道有没有安排。请刷新页面看一看。");
      again(cell);
    });
  }
  function again(cell) {
    cell.disabled = false;
    form().removeAttribute("aria-busy");
  }

  function begin() {
    if (!form()) return;
    form().querySelectorAll(".reason").forEach(function (each) { each.classList.add("scripted"); });
    var find = form().querySelector("[data-find]");
    if (find) find.hidden = false;
    show();
  }

  document.addEventListener("desk:renew", function () {
    fetch(window.location.href, { headers: { "HX-Request": "true" } })
      .then(function (answer) { return answer.ok ? answer.text().then(replace) : fail("没有完成：请刷新页面再试。"); })
      .catch(function () { fail("连接不上服务器，请检查网络后再试。"); });
  });

  document.addEventListener("submit", function (event) {
    if (event.target !== form() || !event.submitter || event.submitter.name !== "cell") return;
    event.preventDefault();
    event.stopPropagation();
    send(event.submitter);
  }, true);

  document.addEventListener("change", function (event) {
    if (!form() || !form().contains(event.target)) return;
    if (event.target.name === "pick") {
      show();
      if (window.matchMedia("(max-width: 900px)").matches) form().querySelector(".board").scrollIntoView({ block: "start" });
    }
    var boxes = null;
    /* All: but visits whose day is over are ticked one by one, or as a group. */
    if (event.target.matches("[data-all]")) {
      boxes = Array.from(form().querySelectorAll("[name^=order_], [data-all-of]")).filter(function (box) {
        return !event.target.checked || !box.closest("[data-overdue]");
      });
    }
    if (event.target.matches("[data-all-of]")) {
      var list = event.target.closest(".day").nextElementSibling;
      boxes = list.querySelectorAll("[name^=order_]");
    }
    if (boxes) boxes.forEach(function (box) { box.checked = event.target.checked; });
    /* So many are proposed at once. */
    Array.from(form().querySelectorAll("[name^=order_]:checked")).slice(50).forEach(function (box) { box.checked = false; });
    count();
  });

  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-unpick]")) return;
    if (picked()) picked().checked = false;
    show();
  });

  /* Enter on a picked order leads to the first half-day that has room; it never sends the form by itself. */
  document.addEventListener("keydown", function (event) {
    if (!form() || !form().contains(event.target)) return;
    if (event.key === "Escape" && picked()) { picked().checked = false; show(); return; }
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    var cell = form().querySelector(".fits button.cell");
    if (event.target.name === "pick") event.target.checked = true;
    show();
    cell = form().querySelector(".fits button.cell");
    if (cell) cell.focus();
  });

  document.addEventListener("input", function (event) {
    if (!event.target.matches("[data-find]")) return;
    var words = event.target.value.trim();
    form().querySelectorAll(".cells tbody tr").forEach(function (row) {
      row.hidden = Boolean(words) && row.dataset.name.indexOf(words) < 0;
    });
  });

  /* Dragging picks what is dragged, and presses the cell where it is dropped. */
  document.addEventListener("dragstart", function (event) {
    var dragged = event.target.closest && event.target.closest("[data-pick]");
    if (!dragged) return;
    dragged.querySelector("[name=pick]").checked = true;
    event.dataTransfer.setData("text/plain", dragged.dataset.pick);
    event.dataTransfer.effectAllowed = "move";
    show();
  });
  document.addEventListener("dragover", function (event) {
    var td = event.target.closest && event.target.closest("td.fits");
    document.querySelectorAll("td.over").forEach(function (each) { if (each !== td) each.classList.remove("over"); });
    if (!td) return;
    event.preventDefault();
    td.classList.add("over");
  });
  document.addEventListener("drop", function (event) {
    var td = event.target.closest && event.target.closest("td.fits");
    if (!td) return;
    event.preventDefault();
    send(td.querySelector("button.cell"));
  });

  begin();
})();
