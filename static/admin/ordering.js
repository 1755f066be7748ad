/* The order of the catalog by dragging rows. Without this file the numbers do it alone. */
(function () {
  "use strict";

  var form = document.getElementById("positions");
  var list = document.getElementById("entries");
  var said = document.getElementById("ordering");
  if (!form || !list || !said || !window.Sortable) return;

  var FAILURES = {
    401: "没有保存，已放回原处：登录已超时，请刷新页面重新登录。",
    403: "没有保存，已放回原处：页面可能开得太久了，请刷新后再试。",
    409: "没有保存，已放回原处：同事刚刚调整过顺序，请刷新页面后再排。"
  };
  var UNSAVED = "有没保存的顺序";
  var bar = said.parentElement;
  var button = bar.querySelector("button");
  var idle = said.textContent;
  var before = [];
  var leaving = false;
  var going = 0;

  function rows() { return Array.from(list.querySelectorAll("tr[data-id]")); }
  function ids(each) { return each.map(function (row) { return row.dataset.id; }).join(","); }
  function number(row) { return row.querySelector("input.position"); }
  function shown(row) { return row.querySelector("input[name^=was-]"); }

  function say(text, tone) {
    window.clearTimeout(going);
    said.textContent = text;
    bar.className = "ordering " + tone;
    button.classList.toggle("primary", unsaved());
  }
  function unsaved() {
    return rows().some(function (row) { return number(row).value !== shown(row).value; });
  }
  function tell() {
    if (unsaved()) say(UNSAVED, "warn");
    else say(idle, "");
  }
  function putBack(text) {
    before.forEach(function (row) { list.appendChild(row); });
    say(text, "bad");
  }

  function show(positions) {
    rows().forEach(function (row) {
      if (!(row.dataset.id in positions)) return;
      number(row).value = shown(row).value = positions[row.dataset.id];
    });
    /* The next page begins behind the row that is now the last one of this page. */
    var link = document.querySelector("a[rel=next]");
    var last = rows().pop();
    if (!link) return;
    var query = new URLSearchParams(link.search);
    query.set("after", number(last).value + "-" + last.dataset.id);
    link.search = "?" + query.toString();
  }

  function save() {
    var now = rows();
    if (ids(now) === ids(before)) return;
    if (unsaved()) {
      putBack("没有移动：有填好还没有保存的数字。请先按「保存顺序」，再拖动。");
      return;
    }
    say("正在保存…", "warn");
    sortable.option("disabled", true);
    window.fetch(form.action, {
      method: "POST",
      keepalive: true,
      headers: { "X-XSRFToken": form.elements._xsrf.value },
      body: new URLSearchParams({ was: ids(before), now: ids(now) })
    }).then(function (answer) {
      if (!answer.ok) {
        putBack(FAILURES[answer.status] || "没有保存，已放回原处，请刷新页面后再试。");
        return null;
      }
      return answer.json().then(function (body) {
        show(body.positions);
        say("顺序已保存", "good");
        going = window.setTimeout(tell, 5000);
      });
    }).catch(function () {
      putBack("连接中断，很可能没有保存，已放回原处。请检查网络，刷新页面后再看。");
    }).then(function () {
      sortable.option("disabled", false);
    });
  }

  /* Numbers are saved by the button, and not forgotten: the bar says so while they differ from what is stored. */
  list.addEventListener("input", function (event) {
    if (event.target.matches("input.position")) tell();
  });
  form.addEventListener("submit", function () { leaving = true; });
  window.addEventListener("pageshow", function () {
    leaving = false;
    if (unsaved()) tell();
  });
  window.addEventListener("beforeunload", function (event) {
    if (!leaving && unsaved()) event.preventDefault();
  });

  var sortable = window.Sortable.create(list, {
    handle: ".grip",
    draggable: "tr[data-id]",
    animation: 150,
    /* Not at the start of the drag: on a phone a copy of the row is in the list by then. */
    onChoose: function () { before = rows(); tell(); },
    onEnd: save
  });
  document.querySelectorAll(".grip, [data-dragging]").forEach(function (each) { each.hidden = false; });
})();
