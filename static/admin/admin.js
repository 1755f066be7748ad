/* Conveniences only: every page reads and works without this file. */
(function () {
  "use strict";

  /* htmx requests carry the token that the page's forms carry. */
  document.addEventListener("htmx:configRequest", function (event) {
    var token = document.querySelector("input[name=_xsrf]");
    if (token) event.detail.headers["X-XSRFToken"] = token.value;
  });

  /* What htmx could not do is said at the top of the page, which keeps what was typed. */
  function showFailure(event) {
    var notice = document.getElementById("trouble");
    var answer = event.detail.xhr;
    if (!notice) return;
    notice.textContent = "连接不上服务器，请检查网络后再试。";
    if (answer && answer.status === 401) {
      notice.textContent = "登录已超时，还没有保存。请在新窗口登录，再回到这里保存，写的内容还在。 ";
      var link = document.createElement("a");
      link.href = document.querySelector("a.brand").href + "login/";
      link.target = "_blank";
      link.textContent = "去登录";
      notice.appendChild(link);
    } else if (answer && answer.status) {
      var plain = (answer.getResponseHeader("Content-Type") || "").startsWith("text/plain");
      notice.textContent = "没有完成：" + (plain && answer.responseText ? answer.responseText : "请稍后再试。");
    }
    notice.hidden = false;
    notice.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("htmx:responseError", showFailure);
  document.addEventListener("htmx:sendError", showFailure);
  document.addEventListener("htmx:beforeRequest", function () {
    var notice = document.getElementById("trouble");
    if (notice) notice.hidden = true;
  });

  /* What is refreshed by itself waits while a form that it would replace is being filled in. */
  document.addEventListener("htmx:beforeRequest", function (event) {
    var asker = event.detail.elt;
    if (!asker.matches("[data-renews]") || !document.activeElement.closest("#arranging form, #ending form, #refunding form")) return;
    event.preventDefault();
    window.setTimeout(function () { window.htmx.trigger(asker, "renew"); }, 3000);
  });

  /* Prints the page, or copies what another element holds; without this file neither is offered. */
  document.querySelectorAll("[data-print], [data-copy]").forEach(function (button) { button.hidden = false; });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-print], [data-copy]");
    if (!button) return;
    if (button.hasAttribute("data-print")) { window.print(); return; }
    var source = document.getElementById(button.dataset.copy);
    var text = source.value === undefined ? source.textContent.trim() : source.value;
    navigator.clipboard.writeText(text).then(function () { say("已复制"); }, function () {
      if (source.select) source.select();
      say("没有复制成功，请选中后按 Ctrl+C");
    });
    function say(words) {
      var before = button.textContent;
      button.textContent = words;
      window.setTimeout(function () { button.textContent = before; }, 2500);
    }
  });

  /* What the form of an order by phone shows depends on service and hospital: it is read again with what was typed. */
  document.addEventListener("change", function (event) {
    if (!event.target.matches("select[data-looks]")) return;
    var button = event.target.form.querySelector("[data-look-button]");
    if (button) button.click();
  });

  /* A row leads to what it is about, wherever it is clicked; its link does so for the keyboard. */
  document.addEventListener("click", function (event) {
    var row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, textarea, select, label, form, .place")) return;
    if (!window.getSelection().isCollapsed) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else window.location.href = row.dataset.href;
  });

  /* A file that is too large is refused before it is sent, and the reason stands beside its field. */
  document.addEventListener("change", function (event) {
    if (event.target.matches("input[type=file][data-max-bytes]")) checkSize(event.target);
  });
  function checkSize(input) {
    var maxBytes = Number(input.dataset.maxBytes);
    var large = Array.from(input.files).some(function (file) { return file.size > maxBytes; });
    var said = input.nextElementSibling;
    if (!said || !said.matches(".problem")) {
      said = document.createElement("span");
      said.className = "problem";
      said.setAttribute("role", "alert");
      input.after(said);
    }
    var size = maxBytes < 1048576 ? Math.floor(maxBytes / 1000) + " KB" : Math.floor(maxBytes / 1048576) + " MB";
    said.textContent = large ? "文件太大，不能超过 " + size + "，请换小一些的。" : "";
    input.setCustomValidity(said.textContent);
  }

  /* A password that is set for a colleague can be looked at before it is sent. */
  document.querySelectorAll("input[type=password][data-show]").forEach(function (input) {
    var label = document.createElement("label");
    var box = document.createElement("input");
    box.type = "checkbox";
    box.autocomplete = "off";
    label.className = "check";
    label.append(box, "显示密码");
    box.addEventListener("change", function () { input.type = box.checked ? "text" : "password"; });
    input.parentElement.after(label);
  });

  /* A form is sent once, and asks first where the page says so. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var button = event.submitter;
    var question = (button && button.dataset.ask) || form.dataset.ask;
    if (question && form.elements.amount) question = question.replace("{amount}", form.elements.amount.value);
    if (question && form.elements.visit_date) question = question.replace("{visit}", form.elements.visit_date.value.slice(5) + " " + (form.elements.visit_time.value || "时间待确认"));
    var ending = form.querySelector("[data-label]:checked");
    if (question && ending) question = question.replace("{ending}", ending.dataset.label).replace("{method}", ending.dataset.label);
    if (question && form.elements.handled_by) question = question.replace("{handled_by}", form.elements.handled_by.value);
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    window.setTimeout(function () {
      form.querySelectorAll("button").forEach(function (each) { each.disabled = true; });
      /* A form that starts a download leaves the page as it is. */
      window.setTimeout(enableButtons, 8000);
    }, 0);
  });
  function enableButtons() {
    document.querySelectorAll("form[method=post] button[disabled]").forEach(function (each) { each.disabled = false; });
  }
  window.addEventListener("pageshow", enableButtons);

  /* Buttons that fill a field with a frequent amount; a tap into an amount replaces it. */
  function offerAmounts() {
    document.querySelectorAll("[data-fills]").forEach(function (row) { row.hidden = false; });
  }
  offerAmounts();
  document.addEventListener("htmx:oobAfterSwap", offerAmounts);
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-fills] button");
    if (button) button.form.elements[button.parentElement.dataset.fills].value = button.value;
  });
  /* Where everybody is asked nobody is to be chosen; else somebody has to be. */
  function askForOne() {
    document.querySelectorAll("select[data-chooses]").forEach(function (select) {
      var one = select.form.elements[select.dataset.chooses];
      one.disabled = "everybody" in select.selectedOptions[0].dataset;
      one.required = !one.disabled;
      if (one.disabled) one.value = "";
    });
  }
  askForOne();
  window.addEventListener("pageshow", askForOne);
  document.addEventListener("htmx:afterSettle", askForOne);
  document.addEventListener("change", askForOne);
  /* How an order ends proposes what goes back. */
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-fill-amount]")) event.target.form.elements.amount.value = event.target.dataset.fillAmount;
  });
  document.addEventListener("focusin", function (event) {
    if (event.target.matches("input[inputmode=decimal]")) event.target.select();
  });

  /* What was done is said once, not again when the page is reloaded. */
  var here = new URL(window.location.href);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    window.history.replaceState(window.history.state, "", here);
  }

  /* From an order one gets back to the list as it was filtered, also after something was done with the order. */
  function rememberList() {
    if (document.querySelector("form.filters[data-list]")) {
      window.sessionStorage.setItem("list-" + document.querySelector("form.filters").dataset.list, window.location.search);
    }
  }
  rememberList();
  document.addEventListener("htmx:pushedIntoHistory", rememberList);
  document.querySelectorAll("a[data-back-to]").forEach(function (link) {
    link.search = window.sessionStorage.getItem("list-" + link.dataset.backTo) || "";
  });

  /* An export that has ended is not about the list that is chosen next. */
  document.addEventListener("htmx:beforeRequest", function (event) {
    var said = document.getElementById("export-progress");
    if (said && event.detail.elt.matches("form.filters") && !said.querySelector("[hx-get]")) said.textContent = "";
  });

  /* Choosing from a filter's list or calendar applies it at once. */
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form.filters");
    if (form && event.target.matches("select, input[type=date]")) form.requestSubmit();
  });

  /* Of an escort's day only what is left can be chosen; what was ticked for another escort does not stay. */
  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (!form || !form.matches("#arranging form")) return;
    if (event.target.name === "half") form.dataset.ticked = "by hand";
    if (event.target.name !== "escort_id") return;
    var only = event.target.selectedOptions[0].dataset.only;
    form.querySelectorAll("[type=radio]").forEach(function (each) {
      each.disabled = Boolean(only) && each.value !== only;
      if (only) each.checked = each.value === only;
      else if (form.dataset.ticked === "alone") each.checked = false;
    });
    if (only) form.dataset.ticked = "alone";
    else if (form.dataset.ticked === "alone") delete form.dataset.ticked;
  });

  /* On a narrow screen the chips scroll sideways: show where one is. */
  function showCurrent() {
    document.querySelectorAll(".chips [aria-current]").forEach(function (current) {
      var row = current.parentElement;
      if (row.scrollWidth > row.clientWidth) row.scrollLeft = current.offsetLeft - row.offsetLeft - 40;
    });
  }
  showCurrent();
  document.addEventListener("htmx:afterSettle", showCurrent);

  /* Exports follow the filter as it is now; under the ticket the server tells how far the download is. */
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-export]");
    var form = document.querySelector("form.filters");
    if (!link || !form) return;
    var ticket = Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
    var query = new URLSearchParams(new FormData(form));
    query.set("format", link.dataset.export);
    query.set("ticket", ticket);
    link.search = "?" + query.toString();
    window.htmx.ajax("GET", link.pathname + "progress/?ticket=" + ticket, { target: "#export-progress", swap: "innerHTML" });
  });
})();
