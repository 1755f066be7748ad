/* What is new without reloading: asked every twelve seconds while the page is looked at, and never instead of what a
   person is doing. Ticks and places stay. Numbers are dialled here, too: revealed, written down and called in one tap. */
(function () {
  "use strict";

  var ASK_EVERY = 12000;
  var body = document.body;
  var since = body.dataset.since;
  var title = document.title;
  var tag = "", timer = 0, stopped = false, known = null;
  var sound = window.localStorage.getItem("office-sound") === "on";
  var audio = null;

  /* Quiet: two short tones, made here. A browser lets no page sound before its first tap. */
  function ring() {
    if (!sound || !audio || audio.state !== "running") return;
    [660, 880].forEach(function (pitch, place) {
      var tone = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + place * 0.16;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.06, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.15);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.16);
    });
  }
  function ready() {
    if (!sound || audio) return;
    try { audio = new AudioContext(); } catch (error) { audio = null; }
  }
  document.addEventListener("pointerdown", ready);
  document.addEventListener("keydown", ready);
  var toggle = document.querySelector("[data-sound]");
  function showSound() { toggle.textContent = sound ? "提示音：开" : "提示音：关"; toggle.setAttribute("aria-pressed", String(sound)); }
  if (toggle && window.AudioContext) {
    toggle.hidden = false;
    showSound();
    toggle.addEventListener("click", function () {
      sound = !sound;
      window.localStorage.setItem("office-sound", sound ? "on" : "off");
      showSound();
      ready();
      ring();
    });
  }

  /* The server's time: that of the page and what has passed since, whatever this computer's clock says. */
  function serverTime() { return String(Math.floor(Number(body.dataset.since) + window.performance.now())); }

  /* On the overview the numbers change in their place, and a tile goes when nothing is left of it; one more is said. */
  function tellTiles(counts, bar) {
    var board = document.getElementById("tiles"), shown = 0, waiting = Object.keys(counts).length;
    if (!board) return;
    var base = document.querySelector("a.brand").getAttribute("href");
    board.querySelectorAll("a.tile").forEach(function (tile) {
      var count = counts[tile.getAttribute("href").slice(base.length)] || 0;
      if (count) {
        tile.querySelector(".value").textContent = count.toLocaleString("en");
        shown += 1;
      }
      tile.hidden = !count;
    });
    document.getElementById("nothing-waits").hidden = waiting > 0;
    if (waiting > shown && bar.hidden) {
      bar.hidden = false;
      bar.textContent = "有新的事情等您处理，点此显示";
    }
  }

  function tell(found) {
    var bar = document.getElementById("news");
    var entry = document.querySelector("nav [href$='desk/'] .waits");
    if (entry) entry.textContent = found.waiting || "";
    document.title = (found.paid ? "(" + found.paid + ") " : "") + title;
    if (found.paid && (!known || found.paid > known.paid)) ring();
    bar.hidden = !found.paid;
    if (found.paid) bar.textContent = found.paid + " 个新订单，点此显示";
    tellTiles(found.tiles, bar);
    known = found;
  }

  function ask() {
    window.clearTimeout(timer);
    if (stopped || document.hidden) return;
    fetch(body.dataset.news + "?since=" + since, {
      headers: tag ? { "If-None-Match": tag } : {},
      redirect: "manual",
      cache: "no-store"
    }).then(function (answer) {
      if (answer.status === 304) return;
      if (!answer.ok) {
        stopped = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
        return;
      }
      tag = answer.headers.get("Etag") || "";
      return answer.json().then(tell);
    }).catch(function () { /* asked again */ }).then(function () {
      if (!stopped) timer = window.setTimeout(ask, ASK_EVERY);
    });
  }
  document.addEventListener("visibilitychange", ask);
  document.addEventListener("submit", function (event) {
    if (/\/logout\/$/.test(event.target.action)) { stopped = true; window.clearTimeout(timer); }
  });
  if (body.dataset.news) timer = window.setTimeout(ask, 2000);

  /* The bar shows what is new where one is: the list and the desk in place, elsewhere the list of what waits. */
  function ticks() { return Array.from(document.querySelectorAll("[name^=order_]:checked"), function (each) { return each.name; }); }
  document.addEventListener("click", function (event) {
    var bar = event.target.closest("#news");
    if (!bar) return;
    if (document.getElementById("list")) {
      var kept = ticks(), place = window.scrollY;
      window.htmx.ajax("GET", window.location.href, { target: "#list", swap: "innerHTML" }).then(function () {
        kept.forEach(function (name) {
          var box = document.querySelector("[name='" + name + "']");
          if (box) box.checked = true;
        });
        window.scrollTo(0, place);
        count();
      });
    } else if (document.getElementById("deskform")) {
      document.dispatchEvent(new CustomEvent("desk:renew"));
    } else if (document.getElementById("tiles")) {
      window.location.reload();
    } else {
      window.location.href = body.dataset.news.replace("desk/news/", "orders/?state=paid&escort=none");
    }
    since = serverTime();
    known = null;
    tag = "";
    bar.hidden = true;
    document.title = title;
  });

  /* Ticked rows of the list. */
  function count() {
    var bulk = document.querySelector(".bulk");
    if (!bulk) return;
    bulk.classList.add("scripted");
    bulk.querySelector("[data-ticked]").textContent = "已勾选 " + ticks().length + " 单";
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-tick-all]")) {
      document.querySelectorAll("[form=several][name^=order_]").forEach(function (box) { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-tick-all], [form=several]")) count();
  });
  document.addEventListener("htmx:afterSettle", count);
  count();

  /* One tap calls: the number is revealed and written down by the server, and given to the phone. */
  document.addEventListener("submit", function (event) {
    var button = event.submitter;
    if (!button || !button.matches("[data-call]")) return;
    event.preventDefault();
    event.stopPropagation();
    button.disabled = true;
    fetch(button.formAction, {
      method: "POST",
      headers: { Accept: "application/json", "HX-Request": "true", "X-XSRFToken": button.form.elements._xsrf.value },
      body: new URLSearchParams()
    }).then(function (answer) {
      if (!answer.ok) {
        return answer.text().then(function (text) { throw new Error(answer.status === 401 ? "登录已超时，请重新登录。" : text); });
      }
      return answer.json().then(function (found) {
        var link = document.createElement("a");
        link.href = "tel:" + found.phone.replace(/[^0-9+*#,;]/g, "");
        link.textContent = found.phone;
        link.className = button.className.replace("call", "") + " button called";
        button.replaceWith(link);
        link.click();
      });
    }).catch(function (error) {
      var notice = document.getElementById("trouble");
      notice.textContent = "没有打通：" + (error.message || "连接不上服务器。");
      notice.hidden = false;
      notice.scrollIntoView({ block: "nearest" });
      button.disabled = false;
    });
  }, true);
})();
