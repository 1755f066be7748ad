/* Conveniences only: every page reads and works without this file. */
(function () {
  "use strict";

  /* htmx requests carry the token that the page's forms carry. */
  document.addEventListener("htmx:configRequest", function (event) {
    var token = document.querySelector("input[name=_xsrf]");
    if (token) event.detail.headers["X-XSRFToken"] = token.value;
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
    if (form.method !== "post") return;
    window.setTimeout(function () {
      form.querySelectorAll("button").forEach(function (each) { each.disabled = true; });
    }, 0);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[method=post] button[disabled]").forEach(function (each) { each.disabled = false; });
  });
})();
