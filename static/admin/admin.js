/* Conveniences only: every page reads and works without this file. */
(function () {
  "use strict";

  /* htmx requests carry the token that the page's forms carry. */
  document.addEventListener("htmx:configRequest", function (event) {
    var token = document.querySelector("input[name=_xsrf]");
    if (token) event.detail.headers["X-XSRFToken"] = token.value;
  });

  /* What htmx could not do is said at the top of the page. */
  function trouble(event) {
    var notice = document.getElementById("trouble");
    var status = event.detail.xhr ? event.detail.xhr.status : 0;
    if (!notice || status === 401) return;
    notice.textContent = status ? "没有完成，请刷新页面后再试。" : "连接不上服务器，请检查网络后再试。";
    notice.hidden = false;
    notice.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("htmx:responseError", trouble);
  document.addEventListener("htmx:sendError", trouble);
  document.addEventListener("htmx:beforeRequest", function () {
    var notice = document.getElementById("trouble");
    if (notice) notice.hidden = true;
  });

  /* A form is sent once, and asks first where the page says so. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var button = event.submitter;
    var question = (button && button.dataset.ask) || form.dataset.ask;
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

  /* Choosing from a filter's list or calendar applies it at once. */
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form.filters");
    if (form && event.target.matches("select, input[type=date]")) form.requestSubmit();
  });

  /* On a narrow screen the menu scrolls sideways: show where one is. */
  var current = document.querySelector(".side nav [aria-current]");
  if (current && current.parentElement.scrollWidth > current.parentElement.clientWidth) {
    current.parentElement.scrollLeft = current.offsetLeft - 40;
  }

  /* Exports follow the filter as it is now, and a CSV shows how far it is. */
  var MOST_ROWS_IN_MEMORY = 100000;
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-export]");
    var form = document.querySelector("form.filters");
    if (!link || !form) return;
    var query = new URLSearchParams(new FormData(form));
    query.set("format", link.dataset.export);
    link.search = "?" + query.toString();
    if (link.dataset.export !== "csv" || !window.ReadableStream) return;
    event.preventDefault();
    exportWithProgress(link.href, document.getElementById("export-progress"));
  });

  function exportWithProgress(address, notice) {
    var pieces = [], rows = 0, total = 0, aborter = new AbortController();
    notice.hidden = false;
    notice.className = "notice good";
    notice.textContent = "正在准备导出…";
    fetch(address, { signal: aborter.signal, credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok || answer.redirected) throw new Error("refused");
      total = Number(answer.headers.get("X-Rows"));
      if (total > MOST_ROWS_IN_MEMORY) {
        aborter.abort();
        notice.textContent = "共 " + total + " 行，浏览器会直接下载。";
        window.location.href = address;
        return;
      }
      var reader = answer.body.getReader();
      return reader.read().then(function next(part) {
        if (part.done) return save(pieces, notice, total);
        pieces.push(part.value);
        for (var place = 0; place < part.value.length; place++) if (part.value[place] === 10) rows++;
        notice.textContent = "正在导出 " + Math.min(rows, total) + " / " + total + " 行…";
        return reader.read().then(next);
      });
    }).catch(function (error) {
      if (error.name === "AbortError") return;
      notice.className = "notice bad";
      notice.textContent = "导出没有完成，请刷新页面后再试。";
    });
  }

  function save(pieces, notice, total) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(pieces, { type: "text/csv;charset=utf-8" }));
    link.download = "订单-" + new Date().toISOString().slice(0, 10) + ".csv";
    link.click();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
    notice.textContent = "导出完成，共 " + total + " 行。";
  }
})();
